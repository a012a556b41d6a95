import Domain
import Logging
import NIOCore
import Redis
import ServiceRuntime
import WireContract
import WorkQueue

/// What became of a command.
enum ChatOutcome {
    case answered(ReceivedReply)
    /// No answer from chat: it was not reached, or refused the work. Never says that nothing happened.
    case failed(Refusal)
}

/// The only door to chat: adds a command to its partition and hands the answer to whoever asked.
///
/// A command that stays unanswered is added again under the same id, which makes the repeat harmless, and given up
/// after 10 s. Confined to its event loop.
final class ChatClient: @unchecked Sendable {
    struct Command {
        let kind: ChatCommand.Kind
        let id: String
        let room: String
        let partition: Int
        let user: String
        let socket: String?
        let producedAt: Int
        let isRepeated: Bool
        let data: ByteBuffer
        let completion: (ChatOutcome) -> Void
    }

    private let gateway: String
    private let redis: RedisClient
    private let eventLoop: any EventLoop
    private let partitions: Int
    private let bound: Int
    private var pending = PendingCommands<Command>()
    private var batch: [UInt64] = []
    /// What was certainly added once: it may be done yet, so a repeat that is refused says nothing.
    private var added: Set<UInt64> = []
    /// What found no connection, or lost it: goes before whatever comes later.
    private var unsent: Set<UInt64> = []
    private var made: UInt64 = 0
    private var ticker: RepeatedTask?
    /// Bytes of the payloads that wait.
    private var pendingBytes = 0
    private let isListening: () -> Bool

    /// Bytes of payloads that may wait here for their answers before more are refused as busy.
    static let bytesBound = 32 << 20

    /// - Parameters:
    ///   - gateway: The name under which answers come; random per start.
    ///   - bound: Commands that may wait in one partition before more are refused.
    ///   - isListening: Whether answers can come now. Until then commands wait here; ``reconnected()`` sends them.
    init(
        gateway: String, redis: RedisClient, eventLoop: any EventLoop, partitions: Int, bound: Int,
        isListening: @escaping () -> Bool
    ) {
        self.gateway = gateway
        self.redis = redis
        self.eventLoop = eventLoop
        self.partitions = partitions
        self.bound = bound
        self.isListening = isListening
    }

    /// Commands without an answer so far.
    var waiting: Int { self.pending.count }

    func start() {
        self.ticker = self.eventLoop.scheduleRepeatedTask(
            initialDelay: .milliseconds(250), delay: .milliseconds(250)
        ) { _ in self.tick(isReconnect: false) }
    }

    func stop() {
        self.ticker?.cancel()
        self.ticker = nil
    }

    /// Everything without an answer is added again: the answer, or the command, may have been lost.
    func reconnected() {
        self.tick(isReconnect: true)
    }

    func partition(of room: String) -> Int { PartitionMap.partition(of: room, of: self.partitions) }

    /// An id for a command that brought none.
    func makeID() -> String {
        self.made += 1
        return "\(self.gateway).\(self.made)"
    }

    /// Asks chat. The completion runs on the event loop, exactly once.
    ///
    /// - Parameters:
    ///   - partition: Needed only where `room` is empty.
    ///   - id: The client's own id, when it has one.
    ///   - isRepeated: Whether it is added again while nobody answers. Otherwise it is added once, unless Redis was lost
    ///     meanwhile.
    func ask(
        _ kind: ChatCommand.Kind, room: String, partition: Int? = nil, user: String, socket: String? = nil,
        id: String? = nil, isRepeated: Bool = true, data: ByteBuffer, completion: @escaping (ChatOutcome) -> Void
    ) {
        let command = Command(
            kind: kind, id: id ?? self.makeID(), room: room, partition: partition ?? self.partition(of: room),
            user: user, socket: socket, producedAt: Int(WallClock.milliseconds()),
            isRepeated: isRepeated, data: data, completion: completion)
        guard self.pendingBytes + data.readableBytes <= Self.bytesBound else {
            return completion(.failed(Self.tooMuch))
        }
        self.pendingBytes += data.readableBytes
        self.send(self.pending.insert(command, now: .now()))
    }

    private static let tooMuch = Refusal(.busy, "More waits than may be queued. Try again shortly.", retryAfter: 1)

    private static let full = Refusal(.busy, "The suite is full. Try again in a moment.", retryAfter: 1)

    private func take(_ token: UInt64) -> Command? {
        self.added.remove(token)
        guard let command = self.pending.take(token) else { return nil }
        self.pendingBytes -= command.data.readableBytes
        return command
    }

    /// Answers were published for this gateway.
    func received(_ payload: ByteBuffer) {
        var payload = payload
        while let reply = ReceivedReply(takenFrom: &payload) {
            self.take(reply.correlation)?.completion(.answered(reply))
        }
    }

    private func tick(isReconnect: Bool) {
        let due = self.pending.due(now: .now(), isReconnect: isReconnect)
        for (token, _) in due.again { self.send(token) }
        if !due.expired.isEmpty {
            self.unsent = self.unsent.filter { self.pending[$0] != nil }
            self.added = self.added.filter { self.pending[$0] != nil }
        }
        for command in due.expired {
            self.pendingBytes -= command.data.readableBytes
            command.completion(
                .failed(
                    Refusal(
                        .unavailable,
                        "No answer in time: it may or may not have been done. Ask again with the same id.",
                        retryAfter: 1)))
        }
    }

    /// Commands of one turn of the loop go out together.
    private func send(_ token: UInt64) {
        self.batch.append(token)
        guard self.batch.count == 1 else { return }
        self.eventLoop.execute { self.sendBatch() }
    }

    private func sendBatch() {
        var tokens = self.batch
        self.batch.removeAll(keepingCapacity: true)
        // Without a connection, or a channel for the answers, commands wait here: they are added at the reconnect.
        guard self.isListening(), let connection = self.redis.current else { return self.unsent.formUnion(tokens) }
        if !self.unsent.isEmpty {
            tokens = self.unsent.union(tokens).sorted()
            self.unsent = []
        }
        self.append(tokens, over: connection)
    }

    /// - Parameter atMemoryLimit: For those that a server takes which is full.
    private func append(_ tokens: [UInt64], over connection: RedisConnection, atMemoryLimit: Bool = false) {
        // What goes to one partition shares a call.
        var groups: [(partition: Int, tokens: [UInt64], entries: [[RedisArgument]])] = []
        var open: [Int: Int] = [:]
        for token in tokens {
            guard let command = self.pending[token] else { continue }
            self.pending.rest(token, !command.isRepeated)
            let place = open[command.partition].flatMap { groups[$0].tokens.count < Self.mostTogether ? $0 : nil }
            if let place {
                groups[place].tokens.append(token)
                groups[place].entries.append(self.fields(of: command, token: token))
            } else {
                open[command.partition] = groups.count
                groups.append((command.partition, [token], [self.fields(of: command, token: token)]))
            }
        }
        guard !groups.isEmpty else { return }
        let calls = groups.map {
            StreamWriter.call(
                appending: $0.entries, to: RedisNames.commands($0.partition), bound: self.bound,
                atMemoryLimit: atMemoryLimit)
        }
        let sent = groups.map(\.tokens)
        connection.evaluate(calls).hop(to: self.eventLoop).assumeIsolated().whenSuccess { results in
            for (tokens, result) in zip(sent, results) { self.appended(tokens, result, connection, atMemoryLimit) }
        }
    }

    private func appended(
        _ tokens: [UInt64], _ result: Result<RedisValue, RedisError>, _ connection: RedisConnection,
        _ atMemoryLimit: Bool
    ) {
        switch result {
        case .success(let value) where value.int != nil:
            self.added.formUnion(tokens.prefix(value.int ?? 0).filter { self.pending[$0] != nil })
            self.refuse(tokens.dropFirst(value.int ?? 0), Self.tooMuch)
        case .failure(.server(let error)) where error.kind == .outOfMemory && !atMemoryLimit:
            // Who changes something hears so at once. Who only asks, comes in or goes adds nothing that stays.
            let changes = tokens.filter { self.pending[$0]?.kind.addsToRoom ?? false }
            self.refuse(changes[...], Self.full)
            self.append(tokens.filter { !changes.contains($0) }, over: connection, atMemoryLimit: true)
        case .success, .failure:
            // What has failed otherwise is added again until the time is over.
            for token in tokens { self.pending.rest(token, false) }
            if !connection.isActive { self.unsent.formUnion(tokens) }
        }
    }

    /// What was not added. Of what was added before, only its answer says what became of it.
    private func refuse(_ tokens: ArraySlice<UInt64>, _ refusal: Refusal) {
        for token in tokens {
            if self.added.contains(token) {
                self.pending.rest(token, false)
            } else {
                self.take(token)?.completion(.failed(refusal))
            }
        }
    }

    /// Few enough that nobody waits long for the script.
    private static let mostTogether = 64

    private func fields(of command: Command, token: UInt64) -> [RedisArgument] {
        typealias Field = ChatCommand.Field
        var fields: [RedisArgument] = [
            RedisArgument(Field.kind), RedisArgument(command.kind.rawValue),
            RedisArgument(Field.id), RedisArgument(command.id), RedisArgument(Field.room),
            RedisArgument(command.room), RedisArgument(Field.user), RedisArgument(command.user),
            RedisArgument(Field.gateway), RedisArgument(self.gateway), RedisArgument(Field.correlation),
            RedisArgument(String(token)), RedisArgument(Field.producedAt), RedisArgument(command.producedAt),
            RedisArgument(Field.data), RedisArgument(command.data),
        ]
        if let socket = command.socket { fields += [RedisArgument(Field.socket), RedisArgument(socket)] }
        return fields
    }
}
