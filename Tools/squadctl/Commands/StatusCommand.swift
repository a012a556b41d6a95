import ArgumentParser
import Redis

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Who runs, who holds which partition, what waits, what was given up.",
        discussion: """
            COMMANDS are waiting for chat, OUTBOX for archive and notifier; both are near 0 in a healthy suite.
            ? stands where a key is damaged or could not be read. Exit code 1 when a partition is held by nobody, a
            service does not run at all, or there is such a key.
            """)

    @OptionGroup var session: SessionOptions

    func run() async throws {
        let status = try await self.session.withRedis { redis in try await SuiteStatus.read(redis) }
        if self.session.json { try Output.json(status) } else { Self.print(status) }
        let alive = Set(status.processes.filter(\.isAlive).map(\.record.service))
        let isComplete = alive.isSuperset(of: SuiteStatus.services)
        if !isComplete || !status.damaged.isEmpty || status.partitions.contains(where: { $0.isHeld != true }) {
            throw ExitCode(1)
        }
    }

    private static func print(_ status: SuiteStatus) {
        let processes = status.processes.map { process in
            [
                process.record.service, process.record.instance, process.record.version,
                process.isAlive ? "alive" : "silent for \(Output.age(milliseconds: process.silentFor))",
                process.record.details.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
                    .joined(separator: " "),
            ]
        }
        Output.line(Output.table(["SERVICE", "INSTANCE", "VERSION", "STATE", "DETAILS"], processes))
        let partitions = status.partitions.map { partition in
            [
                "p\(partition.partition)",
                partition.isHeld.map { $0 ? partition.holder ?? "held" : "NOBODY" } ?? "?",
                Self.number(partition.commands), Self.number(partition.outbox),
                partition.notifierLag.map { "\($0)" } ?? "–", Self.number(partition.deadLetters),
            ]
        }
        Output.line("")
        Output.line(
            Output.table(["PARTITION", "HOLDER", "COMMANDS", "OUTBOX", "TO NOTIFY", "DEAD LETTERS"], partitions))
        Output.line("")
        Output.line(
            Output.table(
                ["STREAM", "WAITING", "LENGTH"],
                status.feeds.map { [$0.stream, $0.waiting.map { "\($0)" } ?? "no group", Self.number($0.length)] }))
        Output.line("")
        Output.line("\(Self.number(status.users)) users in \(Self.number(status.squads)) squads")
        let letters = status.deadLetters.values.reduce(0, +)
        let places = status.deadLetters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        Output.line(letters == 0 ? "no dead letters" : "\(letters) dead letters: \(places.joined(separator: ", "))")
        for key in status.damaged {
            Output.line("\(key.cause == .damaged ? "DAMAGED" : "UNREADABLE") KEY \(key.key) \(key.found)")
        }
    }

    /// `?` where the key is damaged or could not be read.
    private static func number(_ number: Int?) -> String { number.map { "\($0)" } ?? "?" }
}
