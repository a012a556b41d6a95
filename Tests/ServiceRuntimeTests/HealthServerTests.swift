import Foundation
import FoundationNetworking
import Logging
import Synchronization
import TestSupport
import Testing

@testable import ServiceRuntime

/// Asks a health server for one path.
func get(_ path: String, port: Int) async throws -> (status: Int, type: String, body: String) {
    let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
    let (data, response) = try await URLSession.shared.data(from: url)
    let http = try #require(response as? HTTPURLResponse)
    return (
        http.statusCode, http.value(forHTTPHeaderField: "content-type") ?? "", String(decoding: data, as: UTF8.self)
    )
}

struct HealthServerTests {
    /// Runs a server on a free port for as long as `body` takes.
    private func withServer(
        checks: [ReadinessCheck] = [], metrics: PrometheusMetrics = PrometheusMetrics(),
        _ body: @Sendable (_ port: Int, _ status: HealthStatus) async throws -> Void
    ) async throws {
        let status = HealthStatus(
            version: ServiceVersion(name: "chat", commit: "abc\"1"), checks: checks, patience: .milliseconds(50))
        let (ports, sender) = AsyncStream<Int>.makeStream()
        let server = HealthServer(
            host: "127.0.0.1", port: 0, status: status, metrics: metrics, logger: Logger(label: "test"),
            onListening: { sender.yield($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            for await port in ports {
                try await body(port, status)
                break
            }
            group.cancelAll()
        }
    }

    @Test("a process that lives says so")
    func alive() async throws {
        try await self.withServer { port, _ in
            let answer = try await get("/healthz", port: port)
            #expect(answer.status == 200)
            #expect(answer.body == "{\"status\":\"ok\"}\n")
            for host in ["127.0.0.1", "0.0.0.0", "localhost"] {
                #expect(await HealthProbe.problem(host: host, port: port) == nil)
            }
            #expect(try await get("/other", port: port).status == 404)
        }
    }

    @Test("a service is ready when every check passes")
    func ready() async throws {
        try await self.withServer(checks: [ReadinessCheck(name: "redis") { nil }]) { port, _ in
            let answer = try await get("/readyz", port: port)
            #expect(answer.status == 200)
            #expect(answer.body == "{\"ready\":true,\"problems\":[],\"warnings\":[]}\n")
        }
    }

    @Test("a warning is named and leaves the service ready")
    func warned() async throws {
        let checks = [
            ReadinessCheck(name: "redis") { nil },
            ReadinessCheck(name: "redis", severity: .warning) { "appendonly is off" },
        ]
        try await self.withServer(checks: checks) { port, _ in
            let answer = try await get("/readyz", port: port)
            #expect(answer.status == 200)
            #expect(answer.body == "{\"ready\":true,\"problems\":[],\"warnings\":[\"redis: appendonly is off\"]}\n")
        }
    }

    @Test("problems are named in order; a check that hangs is one of them")
    func unready() async throws {
        let checks = [
            ReadinessCheck(name: "redis") { "not \"connected\"" }, ReadinessCheck(name: "fine") { nil },
            ReadinessCheck(name: "disk") {
                try? await Task.sleep(for: .seconds(600))
                return nil
            },
        ]
        try await self.withServer(checks: checks) { port, _ in
            let answer = try await get("/readyz", port: port)
            #expect(answer.status == 503)
            #expect(
                answer.body
                    == "{\"ready\":false,\"problems\":[\"redis: not \\\"connected\\\"\",\"disk: no answer within 0.05 seconds\"],\"warnings\":[]}\n"
            )
        }
    }

    @Test("a service that drains is alive and not ready")
    func draining() async throws {
        try await self.withServer { (port, status) async throws in
            status.startDraining()
            #expect(try await get("/readyz", port: port).body.contains("shutting down"))
            #expect(try await get("/healthz", port: port).status == 200)
        }
    }

    @Test("metrics are in Prometheus' form, those of the process among them")
    func metrics() async throws {
        let metrics = PrometheusMetrics()
        metrics.makeCounter(label: "squadchat_chat_commits", dimensions: []).increment(by: 41)
        try await self.withServer(metrics: metrics) { port, _ in
            let answer = try await get("/metrics", port: port)
            #expect(answer.type.hasPrefix("text/plain; version=0.0.4"))
            #expect(answer.body.contains("squadchat_chat_commits 41\n"))
            for name in ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"] {
                let line = try #require(answer.body.split(separator: "\n").first { $0.hasPrefix(name + " ") })
                #expect(try #require(Double(line.split(separator: " ")[1])) > 0)
            }
        }
    }

    @Test("the version names service, release and commit")
    func version() async throws {
        try await self.withServer { port, _ in
            let body = try await get("/version", port: port).body
            #expect(body == "{\"name\":\"chat\",\"version\":\"\(ServiceVersion.release)\",\"commit\":\"abc\\\"1\"}\n")
        }
    }

    @Test("a port in use is one clear line")
    func portInUse() async throws {
        try await self.withServer { port, status in
            let second = HealthServer(
                host: "127.0.0.1", port: port, status: status, metrics: PrometheusMetrics(), logger: Logger(label: "t"))
            await #expect(throws: StartError("127.0.0.1:\(port) (HEALTH_PORT) is in use by another process")) {
                try await second.run()
            }
        }
    }

    @Test("a probe of a port where nobody listens says so")
    func nobody() async throws {
        let port = try freePort()
        #expect(await HealthProbe.problem(host: "127.0.0.1", port: port) == "nothing listens on 127.0.0.1:\(port)")
    }
}
