import Logging
import Redis
import ServiceLifecycle
import ServiceRuntime
import TestSupport
import Testing
import WireContract

@testable import GatewayService

/// A gateway of another number of partitions would send commands where nobody looks for the room.
struct PartitionCountTests {
    @Test("with another number of partitions than this Redis was begun with a gateway ends, and never listens")
    func refused() async throws {
        let server = try await RedisServer.start()
        try server.command("SET", RedisNames.partitions, "8")
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        var reader = try SettingsReader(environment: ["REDIS_URL": server.url, "PORT": "0", "DEMO_MODE": "1"])
        let assembly = try await GatewayAssembly(try GatewayConfiguration(&reader), logger: logger)
        let services = assembly.services.map { service in
            ServiceGroupConfiguration.ServiceConfiguration(
                service: service, successTerminationBehavior: .ignore,
                failureTerminationBehavior: .gracefullyShutdownGroup)
        }
        let group = ServiceGroup(configuration: .init(services: services, logger: logger))
        await #expect(throws: StartError.self) { try await group.run() }
        #expect(assembly.server.port == nil)
        let door = try #require(assembly.readiness.first { $0.name == "public port" })
        #expect(await door.problem == "not open yet", "nobody is to be sent here")
        #expect(try server.command("GET", RedisNames.partitions) == "$1\r\n8\r\n")
    }
}
