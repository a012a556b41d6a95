/// One event of a room as it is published on ``RedisNames/live(room:partition:)``: a one-line header that a gateway can
/// read without parsing JSON, a line break, and the JSON bytes that reach the browser as `data`.
///
/// ```text
/// <header>⏎<json>
/// ```
/// - SeeAlso: ``Header``
public struct Publication: Sendable, Equatable {
    /// The events, by their names on the wire.
    public enum Event {
        // With a `seq`, in the room's log:
        public static let roomCreated = "room_created"
        public static let newMessage = "new_message"
        public static let reactionAdded = "reaction_added"
        public static let reactionRemoved = "reaction_removed"
        public static let signalUpdated = "signal_updated"
        public static let memberAdded = "member_added"
        public static let memberRemoved = "member_removed"
        public static let memberUpdated = "member_updated"
        // Without:
        public static let userJoined = "user_joined"
        public static let userLeft = "user_left"
        public static let userTyping = "user_typing"
        public static let userStoppedTyping = "user_stopped_typing"
        // Only in the outbox, without a place in the room (seq 0): an outcome that came before its signal.
        public static let outcomeParked = "outcome_parked"
        // Only inside replies:
        public static let roomHistory = "room_history"
        public static let roomState = "room_state"
    }

    public var header: Header
    public var json: [UInt8]

    public init(header: Header, json: [UInt8]) {
        self.header = header
        self.json = json
    }

    public init(
        event: String, room: String, epoch: String, sequence: Int?, flag: Flag = .none, user: String? = nil,
        json: [UInt8]
    ) {
        self.init(
            header: Header(event: event, room: room, epoch: epoch, sequence: sequence, flag: flag, user: user),
            json: json)
    }

    public var event: String { self.header.event }
    public var room: String { self.header.room }
    public var epoch: String { self.header.epoch }
    public var sequence: Int? { self.header.sequence }
    public var flag: Flag { self.header.flag }
    public var user: String? { self.header.user }

    /// Header, line break, JSON.
    public var encoded: [UInt8] { Array(self.header.text.utf8) + [UInt8(ascii: "\n")] + self.json }

    /// Reads a whole publication; nil when it is none.
    public init?(decoding bytes: some Collection<UInt8>) {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let line = bytes[..<end]
        let json = bytes[bytes.index(after: end)...]
        let header = line.withContiguousStorageIfAvailable { Header(UnsafeRawBufferPointer($0)) }
        guard let header = header ?? Array(line).withUnsafeBytes({ Header($0) }) else { return nil }
        self.init(header: header, json: Array(json))
    }

    /// Reads a header line and takes the JSON as it is; nil when the header is not one.
    init?(header line: [UInt8], json: [UInt8]) {
        guard let header = line.withUnsafeBytes({ Header($0) }) else { return nil }
        self.init(header: header, json: json)
    }
}
