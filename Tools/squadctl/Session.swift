import ArgumentParser
import FoundationEssentials
import Logging
import Redis
import ServiceRuntime
import WireContract

/// What every command takes.
struct SessionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the suite's Redis is: redis://host:6379, rediss://…, unix:/path. Default: REDIS_URL, or localhost.",
            valueName: "url"))
    var redis: String?

    @Flag(help: "Prints JSON for programs instead of text for people.")
    var json = false

    /// Runs `body` with a connected Redis, and ends the connection after it.
    func withRedis<Result: Sendable>(
        _ body: @Sendable @escaping (RedisClient) async throws -> Result
    ) async throws -> Result {
        let configuration = try self.configuration(environment: ProcessInfo.processInfo.environment)
        let redis = RedisClient(configuration, logger: Logger(label: "squadctl") { _ in SwiftLogNoOpLogHandler() })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await redis.run() }
            defer { group.cancelAll() }
            do throws(RedisError) {
                _ = try await redis.connection(for: RedisNames.services, within: .seconds(3))
            } catch {
                let reason = await Self.refusal(redis) ?? error
                let environment = ProcessInfo.processInfo.environment
                let isNamed =
                    self.redis != nil || ["REDIS_URL", "REDIS_URL_FILE"].contains { environment[$0]?.isEmpty == false }
                throw Failure(Self.unreachable(configuration, reason, isNamed: isNamed))
            }
            return try await body(redis)
        }
    }

    /// `--redis`, or as the services read it: `REDIS_URL`, or the file that `REDIS_URL_FILE` names.
    private func configuration(environment: [String: String]) throws -> RedisConfiguration {
        if let url = self.redis {
            do { return try RedisConfiguration(url: url) } catch { throw Failure("--redis: \(error)") }
        }
        var settings = try SettingsReader(environment: environment)
        let url = try settings.url(
            "REDIS_URL", default: "redis://localhost:6379", schemes: ["redis", "rediss", "unix"],
            describe: "The Redis that the suite shares.")
        do { return try RedisConfiguration(url: url) } catch { throw Failure("REDIS_URL: \(error)") }
    }

    /// Why the server lets nobody in; nil when it does, or says nothing.
    private static func refusal(_ redis: RedisClient) async -> RedisError? {
        do throws(RedisError) {
            await (try redis.dedicated(for: RedisNames.services)).close()
            return nil
        } catch { return error }
    }

    /// One line: where we asked, what came, and how to ask elsewhere when nobody said where.
    static func unreachable(_ configuration: RedisConfiguration, _ reason: RedisError, isNamed: Bool) -> String {
        let place = Self.place(configuration)
        if reason.serverError?.kind == .loading {
            return "Redis at \(place) loads its data: nobody can work before it has ended"
        }
        let words = reason == .notConnected ? "" : ": \(reason.serverError?.description ?? "\(reason)")"
        let hint = isNamed ? "" : "; give the suite's Redis in REDIS_URL, or with --redis after the command"
        return "Redis does not answer at \(place)\(words)\(hint)"
    }

    /// The address without user and password.
    private static func place(_ configuration: RedisConfiguration) -> String {
        switch configuration.address {
        case .host(let host, let port): "\(host):\(port)"
        case .unixSocket(let path): path
        }
    }
}

/// Ends the command with one line and exit code 1.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// What commands print.
enum Output {
    static func line(_ text: String) { Console.write(text + "\n", to: .standardOutput) }
    static func note(_ text: String) { Console.write(text + "\n", to: .standardError) }

    /// One JSON document.
    static func json(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        self.line(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Columns as wide as their widest cell. Control characters of cells are shown as `·`: they come from elsewhere.
    static func table(_ header: [String], _ rows: [[String]]) -> String {
        let cells = ([header] + rows).map { row in row.map { self.visible($0) } }
        let widths = header.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                line += cell
                if index < row.count - 1 { line += String(repeating: " ", count: widths[index] - cell.count + 2) }
            }
            return line
        }.joined(separator: "\n")
    }

    static func visible(_ text: String) -> String {
        String(text.map { $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } ? "·" : $0 })
    }

    /// `3 s`, `4 min`, `2 h`, `5 d`.
    static func age(milliseconds: Int) -> String {
        let seconds = max(0, milliseconds / 1_000)
        return switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\(seconds / 60) min"
        case ..<172_800: "\(seconds / 3_600) h"
        default: "\(seconds / 86_400) d"
        }
    }
}
