/// One entry of a partition's command stream: what somebody asks of a room.
public struct ChatCommand: Sendable, Equatable {
    /// What is asked. A closed set; an unknown word goes to the dead letters.
    public enum Kind: String, Sendable, CaseIterable {
        case joinSquadRoom = "join_squad_room"
        /// A socket left the room or went away.
        case leave
        case sendMessage = "send_message"
        case addReaction = "add_reaction"
        case removeReaction = "remove_reaction"
        case fetchHistory = "fetch_history"
        /// What happened since `(epoch, seq)`; also joins the socket.
        case resume
        /// A gateway's question for many rooms of one partition after its subscription was interrupted.
        case catchUp = "catch_up"
        case postSignal = "post_signal"
        case updateSignal = "update_signal"
        case postSystem = "post_system"
        case removeMember = "remove_member"
        case changeRights = "change_rights"

        /// Whether a room keeps something of it: a server at its memory limit takes the others.
        public var addsToRoom: Bool {
            switch self {
            case .joinSquadRoom, .leave, .fetchHistory, .resume, .catchUp: false
            case .sendMessage, .addReaction, .removeReaction, .postSignal, .updateSignal, .postSystem, .removeMember,
                .changeRights:
                true
            }
        }
    }

    /// The names of the entry's fields in the stream.
    public enum Field {
        public static let kind = "kind"
        public static let id = "id"
        public static let room = "room"
        public static let user = "user"
        public static let gateway = "gateway"
        public static let socket = "socket"
        public static let correlation = "re"
        public static let producedAt = "at"
        public static let data = "data"
    }

    /// The largest signal that ``Kind/postSignal`` takes, and outcome that ``Kind/updateSignal`` takes; bytes of JSON.
    public static let largestSignal = 16_384
    public static let largestOutcome = 4_096

    public var kind: Kind
    /// Makes a repeat harmless: the same id, author and room have one effect and one answer. 1–128 printable bytes.
    public var id: String
    /// Empty for ``Kind/catchUp``, which asks for many rooms.
    public var room: String
    /// Empty when the suite itself speaks (signals, directory changes).
    public var user: String
    /// Where the answer goes; nil when nobody waits for one.
    public var gateway: String?
    public var socket: String?
    /// The asking gateway's own token, repeated in the answer.
    public var correlation: String?
    /// Milliseconds since 1970.
    public var producedAt: Int
    /// The payload: JSON bytes that only chat reads.
    public var data: [UInt8]

    public init(
        kind: Kind, id: String, room: String, user: String, gateway: String? = nil, socket: String? = nil,
        correlation: String? = nil, producedAt: Int, data: [UInt8]
    ) {
        self.kind = kind
        self.id = id
        self.room = room
        self.user = user
        self.gateway = gateway
        self.socket = socket
        self.correlation = correlation
        self.producedAt = producedAt
        self.data = data
    }

    /// The fields as XADD takes them; absent ones are left out.
    public var fields: [(name: String, value: [UInt8])] {
        var fields: [(name: String, value: [UInt8])] = [
            (Field.kind, Array(self.kind.rawValue.utf8)), (Field.id, Array(self.id.utf8)),
            (Field.room, Array(self.room.utf8)), (Field.user, Array(self.user.utf8)),
        ]
        if let gateway = self.gateway { fields.append((Field.gateway, Array(gateway.utf8))) }
        if let socket = self.socket { fields.append((Field.socket, Array(socket.utf8))) }
        if let correlation = self.correlation { fields.append((Field.correlation, Array(correlation.utf8))) }
        fields.append((Field.producedAt, Array(String(self.producedAt).utf8)))
        fields.append((Field.data, self.data))
        return fields
    }

    /// Why an entry of a command stream is no command.
    public enum DecodingError: Error, Equatable {
        case missing(field: String)
        case unknownKind(String)
        case malformed(field: String)
    }

    /// Reads an entry.
    ///
    /// - Parameter field: The bytes of a field, nil when the entry has none of that name.
    public init(reading field: (String) -> [UInt8]?) throws(DecodingError) {
        try self.init(
            text: { (name) throws(DecodingError) in
                guard let bytes = field(name) else { return nil }
                guard let text = String(validating: bytes, as: UTF8.self) else { throw .malformed(field: name) }
                return text
            }, data: { field(Field.data) })
    }

    /// Reads an entry without an array for each of its fields.
    ///
    /// - Parameters:
    ///   - text: A field, nil when the entry has none of that name; `malformed` when it is not UTF-8.
    ///   - data: The bytes of ``Field/data``.
    public init(
        text: (String) throws(DecodingError) -> String?, data: () -> [UInt8]?
    ) throws(DecodingError) {
        guard let kindText = try text(Field.kind) else { throw .missing(field: Field.kind) }
        guard let kind = Kind(rawValue: kindText) else { throw .unknownKind(kindText) }
        guard let id = try text(Field.id) else { throw .missing(field: Field.id) }
        guard (1...128).contains(id.utf8.count), id.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw .malformed(field: Field.id)
        }
        let correlation = try text(Field.correlation)
        // It stands in the header line of the answer.
        guard correlation?.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) != false, correlation != "" else {
            throw .malformed(field: Field.correlation)
        }
        guard let data = data() else { throw .missing(field: Field.data) }
        guard let producedAt = Int(try text(Field.producedAt) ?? "0") else { throw .malformed(field: Field.producedAt) }
        self.init(
            kind: kind, id: id, room: try text(Field.room) ?? "", user: try text(Field.user) ?? "",
            gateway: try text(Field.gateway), socket: try text(Field.socket), correlation: correlation,
            producedAt: producedAt, data: data)
    }
}
