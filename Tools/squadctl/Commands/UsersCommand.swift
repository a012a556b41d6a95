import ArgumentParser
import Directory
import Domain
import FoundationEssentials
import Redis
import ServiceRuntime
import WireContract

struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users", abstract: "Who belongs to which squad, in which role.",
        subcommands: [UsersImportCommand.self, UsersListCommand.self])
}

struct UsersImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Writes users into the directory; their squads are made on demand.",
        discussion: """
            FILE is a table (CSV with a header), a JSON array, or JSON lines. Needed are user_id and squad_id; known are
            username, callsign, role (commander, sergeant, corporal, recruit, observer), rank, email, phone,
            telegram_chat_id, timezone, active, version. Every line is checked; one that is wrong is shown with the
            reason, and the others are written.

              user_id,squad_id,callsign,role,email
              viper-1,alpha,Viper-1,sergeant,viper-1@example.org

            Of two versions of a user the newer stays; a record without a version is as new as now. To retire a user,
            import it with active false. Exit code 1 when a line was refused.
            """)

    @Argument(help: "The file; - reads standard input.")
    var file: String
    @Flag(help: "Checks only; writes nothing.")
    var check = false
    @OptionGroup var session: SessionOptions

    private struct Report: Encodable {
        struct Refused: Encodable {
            let line: Int
            let field: String?
            let reason: String
        }
        let written: Int
        let unchanged: Int
        let refused: [Refused]
    }

    func run() async throws {
        let parsed = try UserFile(try TextFile.read(self.file), defaultVersion: Int(WallClock.milliseconds()))
        let users = parsed.lines.compactMap { try? $0.user.get() }
        let refused = parsed.lines.compactMap { line -> Report.Refused? in
            guard case .failure(let error) = line.user else { return nil }
            return Report.Refused(line: line.number, field: error.field, reason: error.description)
        }
        var written: [UserID] = []
        if !self.check, !users.isEmpty {
            written = try await self.session.withRedis { redis in try await DirectoryWriter(redis: redis).put(users) }
        }
        let report = Report(written: written.count, unchanged: users.count - written.count, refused: refused)
        if self.session.json {
            try Output.json(report)
        } else {
            for line in refused { Output.note("line \(line.line) refused: \(Output.visible(line.reason))") }
            if self.check {
                Output.line("\(users.count) right, \(refused.count) wrong")
            } else {
                Output.line("\(report.written) written, \(report.unchanged) not newer, \(refused.count) refused")
            }
        }
        if !refused.isEmpty { throw ExitCode(1) }
    }
}

struct UsersListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Shows the directory.",
        discussion: """
              squadctl users list
              squadctl users list --squad alpha --json > backup.json     import takes it again
            """)

    @Option(help: "Only this squad.")
    var squad: String?
    @OptionGroup var session: SessionOptions

    func run() async throws {
        let squad = self.squad
        let users = try await self.session.withRedis { redis in
            try await Self.users(redis).filter { squad == nil || $0.squadID.rawValue == squad }
        }
        if self.session.json { return Output.line(Self.json(users)) }
        let rows = users.map { user in
            [
                user.squadID.rawValue, user.userID.rawValue, user.callsign, user.role.rawValue, user.rank,
                user.email ?? "–", user.isActive ? "yes" : "no",
            ]
        }
        Output.line(Output.table(["SQUAD", "USER", "CALLSIGN", "ROLE", "RANK", "EMAIL", "ACTIVE"], rows))
    }

    /// The records as the directory stores them, one a line.
    static func json(_ users: [DirectoryUser]) -> String {
        let records = users.map { String(decoding: DirectoryRecord.json(of: $0), as: UTF8.self) }
        return "[\n" + records.joined(separator: ",\n") + "\n]"
    }

    static func users(_ redis: RedisClient) async throws(RedisError) -> [DirectoryUser] {
        var users: [UserID: DirectoryUser] = [:]
        var cursor: String? = "0"
        while let position = cursor {
            let part = try await redis.hscan(RedisNames.directoryUsers, from: position)
            for json in part.fields.values.compactMap(\.buffer) {
                guard let user = try? DirectoryRecord(json: json.readableBytesView).user(defaultVersion: 0) else {
                    continue
                }
                users[user.userID] = user
            }
            cursor = part.next
        }
        return users.values.sorted {
            ($0.squadID.rawValue, $0.userID.rawValue) < ($1.squadID.rawValue, $1.userID.rawValue)
        }
    }
}
