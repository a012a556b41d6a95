import Glibc
import Hummingbird
import JSON
import Logging
import NIOCore
import ServiceLifecycle

/// Tells operators and orchestrators how the process is, on a port of its own that the public never reaches.
struct HealthServer: Service {
    let host: String
    /// 0 takes any free one.
    let port: Int
    let status: HealthStatus
    let metrics: PrometheusMetrics
    let logger: Logger
    /// Told the port once connections are accepted.
    var onListening: @Sendable (Int) async -> Void = { _ in }

    func run() async throws {
        var logger = self.logger
        logger.logLevel = max(logger.logLevel, .warning)  // a line per probe is of no use to anybody
        let application = Application(
            router: self.router(),
            configuration: ApplicationConfiguration(address: .hostname(self.host, port: self.port)),
            onServerRunning: { channel in await self.onListening(channel.localAddress?.port ?? 0) },
            logger: logger)
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw StartError("\(self.host):\(self.port) (HEALTH_PORT) is in use by another process")
        } catch let error as IOError where error.errnoCode == EADDRNOTAVAIL || error.errnoCode == EACCES {
            throw StartError("cannot listen on \(self.host):\(self.port) (HEALTH_HOST, HEALTH_PORT): \(error)")
        }
    }

    private func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("healthz") { _, _ in HealthServer.json(Array("{\"status\":\"ok\"}".utf8)) }
        router.get("readyz") { _, _ in
            let (problems, warnings) = await self.status.report()
            var json = JSONWriter()
            json.field("ready", problems.isEmpty)
            json.field("problems", problems)
            json.field("warnings", warnings)
            return HealthServer.json(json.finish(), status: problems.isEmpty ? .ok : .serviceUnavailable)
        }
        router.get("version") { _, _ in HealthServer.json(self.status.version.json) }
        router.get("metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: self.metrics.exposition() + ProcessMetrics.exposition())))
        }
        return router
    }

    private static func json(_ json: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: json + [UInt8(ascii: "\n")])))
    }
}
