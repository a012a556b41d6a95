import ServiceRuntime
import Testing

@testable import GatewayService

/// Who may reach a gateway that asks no password.
struct DemoModeTests {
    @Test("demo mode listens on loopback only, unless a proxy before it does")
    func demoBind() throws {
        var plain = try SettingsReader(environment: ["DEMO_MODE": "1", "HOST": "0.0.0.0"])
        #expect(try GatewayConfiguration(&plain).host == "127.0.0.1")
        for published in ["127.0.0.1:5000", "[::1]:80"] {
            var proxied = try SettingsReader(environment: Self.published(published))
            #expect(try GatewayConfiguration(&proxied).host == "0.0.0.0")
        }
        var production = try SettingsReader(
            environment: ["DEMO_MODE": "0", "HOST": "0.0.0.0", "DEMO_PUBLISHED": "0.0.0.0:5000"])
        #expect(try GatewayConfiguration(&production).host == "0.0.0.0")
    }

    @Test(
        "a demo that the world could reach is refused",
        arguments: ["0.0.0.0:5000", "5000", ":5000", "[::]:5000", "192.0.2.7:80", "127.0.0.1.example.com:80"])
    func publicDemo(published: String) throws {
        var reader = try SettingsReader(environment: Self.published(published))
        let error = #expect(throws: SettingsError.self) { try GatewayConfiguration(&reader) }
        #expect(error?.key == "DEMO_PUBLISHED")
    }

    private static func published(_ address: String) -> [String: String] {
        ["DEMO_MODE": "1", "DEMO_BIND": "0.0.0.0", "DEMO_PUBLISHED": address]
    }
}
