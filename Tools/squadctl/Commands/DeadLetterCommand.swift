import ArgumentParser
import NIOCore
import Redis
import ServiceRuntime
import WireContract
import WorkQueue

struct DeadLetterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq",
        abstract: "Work that was given up, with the reason.",
        discussion: """
            A letter is named by its place and number, PLACE/ID: `integration/1732269000000-0`, `p3/…` (a partition's
            commands), `n7/…` (deliveries).

              squadctl dlq ls
              squadctl dlq show integration/1732269000000-0
              squadctl dlq replay integration/1732269000000-0     after the cause is mended
              squadctl dlq replay --all --place n7
            """,
        subcommands: [List.self, Show.self, Replay.self], defaultSubcommand: List.self)

    struct Row: Encodable {
        let id: String
        let reason: String
        let source: String
        let entry: String
        let at: Int
        let fields: [String: String]
    }

    /// Where letters lie, by the names shown to people.
    static func places(_ redis: RedisClient) async throws(RedisError) -> [(place: String, letters: DeadLetters)] {
        let count = try await SuiteKeys.partitions(redis)
        return [("integration", DeadLetters(redis: redis, stream: SuiteKeys.integrationDead))]
            + (0..<count).map { ("p\($0)", DeadLetters(redis: redis, stream: RedisNames.dead($0))) }
            + (0..<RedisNames.deliverySlots).map {
                ("n\($0)", DeadLetters(redis: redis, stream: RedisNames.undelivered($0)))
            }
    }

    static func find(_ name: String, _ redis: RedisClient) async throws -> (DeadLetters, StreamID) {
        let parts = name.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let id = StreamID(String(parts[1])),
            let place = try await Self.places(redis).first(where: { $0.place == parts[0] })
        else { throw Failure("“\(name)” is not the name of a letter, like integration/1732269000000-0") }
        return (place.letters, id)
    }

    static func row(_ letter: DeadLetters.Letter, place: String) -> Row {
        Row(
            id: "\(place)/\(letter.id)", reason: letter.reason, source: letter.source, entry: letter.entry,
            at: letter.at, fields: Dictionary(letter.fields.map { ($0.0, String(buffer: $0.1)) }) { first, _ in first })
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "ls", abstract: "Lists letters, newest first.")

        @Option(help: "Only this place: integration, p0…, n0….")
        var place: String?
        @Option(help: "At most so many of each place.")
        var limit = 50
        @OptionGroup var session: SessionOptions

        func run() async throws {
            let (place, limit) = (self.place, max(1, self.limit))
            let rows = try await self.session.withRedis { redis in
                var rows: [Row] = []
                for (name, letters) in try await DeadLetterCommand.places(redis) where place == nil || place == name {
                    rows += try await letters.list(limit: limit).map { DeadLetterCommand.row($0, place: name) }
                }
                return rows.sorted { $0.at > $1.at }
            }
            if self.session.json { return try Output.json(rows) }
            guard !rows.isEmpty else { return Output.line("no dead letters") }
            let now = Int(WallClock.milliseconds())
            Output.line(
                Output.table(
                    ["LETTER", "AGE", "FROM", "REASON"],
                    rows.map {
                        [$0.id, Output.age(milliseconds: now - $0.at), $0.source, String($0.reason.prefix(100))]
                    }))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows one letter as a whole.")

        @Argument(help: "PLACE/ID, as ls shows it.")
        var letter: String
        @OptionGroup var session: SessionOptions

        func run() async throws {
            let name = self.letter
            let row = try await self.session.withRedis { redis in
                let (letters, id) = try await DeadLetterCommand.find(name, redis)
                guard let letter = try await letters.letter(id) else { throw Failure("there is no letter \(name)") }
                return DeadLetterCommand.row(letter, place: String(name.prefix { $0 != "/" }))
            }
            if self.session.json { return try Output.json(row) }
            Output.line("letter  \(row.id)\nreason  \(Output.visible(row.reason))\nfrom    \(row.source) \(row.entry)")
            for (name, value) in row.fields.sorted(by: { $0.key < $1.key }) {
                Output.line("  \(Output.visible(name)) = \(Output.visible(value))")
            }
        }
    }

    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay", abstract: "Puts the work back; repeats are harmless.")

        @Argument(help: "PLACE/ID, as ls shows it; several are possible.")
        var letters: [String] = []
        @Flag(help: "Every letter (of --place).")
        var all = false
        @Option(help: "With --all: only this place.")
        var place: String?
        @OptionGroup var session: SessionOptions

        func validate() throws {
            guard self.all != !self.letters.isEmpty else { throw ValidationError("name letters, or give --all") }
        }

        func run() async throws {
            let (names, place, all) = (self.letters, self.place, self.all)
            let (replayed, failed) = try await self.session.withRedis { redis in
                var (replayed, failed): ([String], [String]) = ([], [])
                for name in names {
                    let (letters, id) = try await DeadLetterCommand.find(name, redis)
                    if try await letters.replay(id) == nil { failed.append(name) } else { replayed.append(name) }
                }
                for (name, letters) in try await DeadLetterCommand.places(redis)
                where all && (place == nil || place == name) {
                    try await letters.replayAll { id, isReplayed in
                        if isReplayed { replayed.append("\(name)/\(id)") } else { failed.append("\(name)/\(id)") }
                    }
                }
                return (replayed, failed)
            }
            if self.session.json {
                try Output.json(["replayed": replayed, "failed": failed])
            } else {
                for name in failed { Output.note("\(name): no such letter, or nothing of the work is left") }
                Output.line("\(replayed.count) replayed")
            }
            if !failed.isEmpty { throw ExitCode(1) }
        }
    }
}
