import Domain
import JSON
import Logging
import NIOConcurrencyHelpers
import NIOCore
import Redis
import WireContract

/// A stand-in for the chat service: answers commands on the real streams as the contract says, and misbehaves when a
/// test asks for it.
final class FakeChat: Sendable {
    struct Faults: Sendable {
        /// Commands are read and forgotten.
        var isSilent = false
        /// Kinds whose next copies are forgotten, and how many of them.
        var ignore: [ChatCommand.Kind: Int] = [:]
        /// Publications with a seq that are made but never reach anybody.
        var dropPublications = 0
        /// Joins are answered when ``sendLate()`` says so, with what was true when they came.
        var joinsAreLate = false
        /// What a join answers instead.
        var refuse: Refusal?
        /// Pages that are refused as busy, and how many of each user's.
        var isBusy: [String: Int] = [:]
        /// Who may not read any more.
        var outsiders: Set<String> = []
        /// Rights of those who have others than a member's.
        var rights: [String: Int] = [:]
    }

    struct Room {
        var epoch = "0123456789ab"
        var sequence = 0
        var log: [Publication] = []
    }

    private struct State {
        var rooms: [String: Room] = [:]
        var answers: [String: [UInt8]] = [:]
        var commands: [ChatCommand] = []
        var faults = Faults()
        var late: [RedisCommand] = []
    }

    let redis: RedisClient
    private let state = NIOLockedValueBox(State())

    init(redis: RedisClient) {
        self.redis = redis
    }

    /// Every command read so far.
    var commands: [ChatCommand] { self.state.withLockedValue { $0.commands } }

    func commands(_ kind: ChatCommand.Kind) -> [ChatCommand] { self.commands.filter { $0.kind == kind } }

    func change(_ body: (inout Faults) -> Void) {
        self.state.withLockedValue { body(&$0.faults) }
    }

    /// Keeps an answer back if it is to be late.
    func keepsLate(_ command: ChatCommand, _ answer: RedisCommand) -> Bool {
        self.state.withLockedValue { state in
            guard state.faults.joinsAreLate, command.kind == .joinSquadRoom else { return false }
            state.late.append(answer)
            return true
        }
    }

    /// How many answers are kept back.
    var lateAnswers: Int { self.state.withLockedValue { $0.late.count } }

    func sendLate() async throws {
        let late = self.state.withLockedValue { state in
            defer { state.late = [] }
            return state.late
        }
        for answer in late { _ = try await self.redis.send(answer) }
    }

    /// The room's last number.
    func sequence(of room: String) -> Int { self.state.withLockedValue { $0.rooms[room]?.sequence ?? 0 } }

    /// The store has begun a new life and lost the room's log.
    func beginEpoch(_ epoch: String, room: String) {
        self.state.withLockedValue {
            $0.rooms[room, default: Room()].epoch = epoch
            $0.rooms[room]?.log = []
        }
    }

    // MARK: Publishing

    @discardableResult
    func post(
        _ content: String, room: String, event: String = Publication.Event.newMessage,
        flag: Publication.Flag = .none, user: String? = nil
    ) async throws -> Int {
        let (publication, isDropped) = self.state.withLockedValue { state -> (Publication, Bool) in
            var entry = state.rooms[room] ?? Room()
            entry.sequence += 1
            var json = JSONWriter()
            json.field("seq", entry.sequence)
            json.field("content", content)
            let publication = Publication(
                event: event, room: room, epoch: entry.epoch, sequence: entry.sequence, flag: flag, user: user,
                json: json.finish())
            entry.log.append(publication)
            state.rooms[room] = entry
            guard state.faults.dropPublications > 0 else { return (publication, false) }
            state.faults.dropPublications -= 1
            return (publication, true)
        }
        if !isDropped { try await self.publish(publication) }
        return publication.sequence ?? 0
    }

    func publish(_ publication: Publication) async throws {
        let channel = RedisNames.live(
            room: publication.room, partition: PartitionMap.partition(of: publication.room, of: 16))
        _ = try await self.redis.send(
            RedisCommand(
                "SPUBLISH", RedisArgument(channel),
                RedisArgument(publication.encoded)))
    }

    // MARK: Reading

    func run() async throws {
        let streams = (0..<16).map { RedisNames.commands($0) }
        var positions = streams.map { _ in "0" }
        while !Task.isCancelled {
            guard let connection = try? await self.redis.dedicated(for: streams[0]) else {
                try await Task.sleep(for: .milliseconds(50))
                continue
            }
            while connection.isActive, !Task.isCancelled {
                let arguments = ["BLOCK", "100", "COUNT", "200", "STREAMS"] + streams + positions
                guard
                    let reply = try? await connection.send(
                        RedisCommand("XREAD", arguments.map { RedisArgument($0) }).timeout(.seconds(3)))
                else { break }
                for part in reply.array ?? [] {
                    guard let pair = part.array, let name = pair.first?.string, let index = streams.firstIndex(of: name)
                    else { continue }
                    for entry in pair.last?.array ?? [] {
                        guard let fields = entry.array?.last?.map(), let id = entry.array?.first?.string else {
                            continue
                        }
                        positions[index] = id
                        _ = try? await connection.send(RedisCommand("XDEL", RedisArgument(name), RedisArgument(id)))
                        let command = try ChatCommand { name in
                            fields[name]?.buffer.map { Array($0.readableBytesView) }
                        }
                        try? await self.handle(command)
                    }
                }
            }
            await connection.close()
        }
    }

    private func handle(_ command: ChatCommand) async throws {
        let isIgnored = self.state.withLockedValue { state in
            state.commands.append(command)
            if let left = state.faults.ignore[command.kind], left > 0 {
                state.faults.ignore[command.kind] = left - 1
                return true
            }
            return state.faults.isSilent
        }
        guard !isIgnored else { return }
        if let refusal = self.state.withLockedValue({ $0.faults.refuse }), command.kind == .joinSquadRoom {
            return try await self.refuse(command, refusal)
        }
        let data = try JSONValue(parsing: command.data)
        switch command.kind {
        case .joinSquadRoom: try await self.join(command)
        case .resume: try await self.resume(command, data)
        case .sendMessage:
            if let known = self.state.withLockedValue({ $0.answers[command.id] }) {
                return try await self.reply(command, self.room(command.room), answer: known)
            }
            let sequence = try await self.post(data["content"]?.string ?? "", room: command.room)
            let answer = Array("{\"seq\":\(sequence),\"room_id\":\"\(command.room)\"}".utf8)
            self.state.withLockedValue { $0.answers[command.id] = answer }
            try await self.reply(command, self.room(command.room), answer: answer)
        case .catchUp: try await self.catchUp(command, data)
        case .fetchHistory:
            let faults = self.state.withLockedValue { state in
                defer { state.faults.isBusy[command.user]? -= 1 }
                return state.faults
            }
            guard faults.isBusy[command.user, default: 0] <= 0 else {
                return try await self.refuse(command, Refusal(.busy, "Try again in a moment."))
            }
            guard !faults.outsiders.contains(command.user) else {
                return try await self.refuse(command, Refusal(.forbidden, "Not your squad."))
            }
            let room = self.room(command.room)
            try await self.reply(
                command, room, rights: faults.rights[command.user] ?? 31, answer: Self.history(command.room, room))
        default: try await self.reply(command, nil)
        }
    }

    // One answer is made of one moment of the room, as by a script.

    func room(_ name: String) -> Room { self.state.withLockedValue { $0.rooms[name, default: Room()] } }
}
