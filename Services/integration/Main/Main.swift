import IntegrationService
import ServiceRuntime

@main struct Main {
    static func main() async { await ServiceRuntime.run(IntegrationAssembly.self) }
}
