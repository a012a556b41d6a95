import Redis
import WireContract

/// One of chat's scripts, put together from its parts, and the names it gives to what it is given.
///
/// `#!lua` on top makes Redis refuse undeclared keys in a cluster.
struct ChatScript: Sendable {
    /// Whether a server at its memory limit runs it. What frees memory, refuses, answers, opens or keeps a fence must run then, or it
    /// would never be below the limit again.
    enum AtMemoryLimit: String {
        case runs = "#!lua flags=allow-oom\n"
        case isRefused = "#!lua\n"
    }

    /// What scripts have in common; each stands on those before it.
    enum Part {
        /// Acts in one room.
        case room
        /// Changes something, once.
        case once
        /// Hands a message out to be changed by Swift.
        case message
        /// Changes one message.
        case change
        /// May be the first to use a room.
        case creation
        /// Posts a line of the suite itself.
        case line

        fileprivate var source: [UInt8] {
            switch self {
            case .room: PackageResources.part_room_lua
            case .once: PackageResources.part_once_lua
            case .message: Self.limitsOfReactions + PackageResources.part_message_lua
            case .change: PackageResources.part_change_lua
            case .creation: PackageResources.part_creation_lua
            case .line: PackageResources.part_line_lua
            }
        }

        /// The same numbers on both sides: what is read from the archive names as many as what a script has counted.
        private static let limitsOfReactions = Array(
            """
            local MOST_NAMES, MOST_NAMES_IN_ALL = \(ReactionsPayload.mostNames), \(ReactionsPayload.mostNamesInAll)

            """.utf8)
    }

    let redis: RedisScript
    let names: ScriptNames

    /// A script that applies one command.
    static func command(
        _ name: String, _ body: [UInt8], _ parts: Part..., atMemoryLimit: AtMemoryLimit = .isRefused
    ) -> ChatScript {
        let head = [
            PackageResources.part_fence_lua, PackageResources.part_opened_lua, PackageResources.part_command_lua,
        ]
        return ChatScript(name, head + parts.map(\.source) + [body], atMemoryLimit)
    }

    /// What the holder of a partition does outside any command, or for several at once: as a rule, what makes room.
    static func holder(
        _ name: String, _ body: [UInt8], atMemoryLimit: AtMemoryLimit = .runs
    ) -> ChatScript {
        ChatScript(name, [PackageResources.part_fence_lua, PackageResources.part_opened_lua, body], atMemoryLimit)
    }

    /// What the holder does before the partition is open under the present life of the server.
    static func opening(_ name: String, _ body: [UInt8]) -> ChatScript {
        ChatScript(name, [PackageResources.part_fence_lua, body], .runs)
    }

    private init(_ name: String, _ parts: [[UInt8]], _ atMemoryLimit: AtMemoryLimit) {
        let source =
            Array(atMemoryLimit.rawValue.utf8) + parts.joined(separator: [UInt8(ascii: "\n")])
        self.redis = RedisScript(name: name, source: source)
        self.names = ScriptNames(reading: source)
    }
}

/// The names that a script's own lines `local … = unpack(KEYS, …)` and `local … = unpack(ARGV, …)` give, in order.
struct ScriptNames: Sendable {
    private(set) var keys: [String] = []
    private(set) var arguments: [String] = []

    init(reading source: [UInt8]) {
        var statement = ""
        for line in String(decoding: source, as: UTF8.self).split(separator: "\n") {
            let isFirst = statement.isEmpty || line.hasPrefix("local ")
            statement = isFirst ? String(line) : statement + " " + line.drop { $0 == " " }
            guard statement.hasPrefix("local "), let end = statement.firstRange(of: " = unpack(") else {
                // Only names of variables may go on in the next line.
                if !statement.hasSuffix(" =") { statement = "" }
                continue
            }
            let names = statement[..<end.lowerBound].dropFirst("local ".count).split(separator: ",")
                .map { $0.drop { $0 == " " } }.map(String.init)
            let call = statement[end.upperBound...].split { ",() ".contains($0) }
            statement = ""
            guard call.count >= 3, let first = Int(call[1]), let last = Int(call[2]) else { continue }
            let before = call[0] == "KEYS" ? self.keys.count : self.arguments.count
            precondition(first == before + 1 && last == before + names.count, "\(names) are not \(first) to \(last)")
            if call[0] == "KEYS" { self.keys += names } else { self.arguments += names }
        }
    }
}
