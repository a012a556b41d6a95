import NotifierService
import ServiceRuntime

@main struct Main {
    static func main() async { await ServiceRuntime.run(NotifierAssembly.self) }
}
