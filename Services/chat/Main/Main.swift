import ChatService
import ServiceRuntime

@main struct Main {
    static func main() async { await ServiceRuntime.run(ChatAssembly.self) }
}
