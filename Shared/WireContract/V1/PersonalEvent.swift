/// What concerns one user only, published on ``RedisNames/personal(user:)`` and kept in ``RedisNames/inbox(user:)``.
///
/// ```text
/// <event> <inbox entry id or ->⏎<json>
/// ```
public struct PersonalEvent: Sendable, Equatable {
    /// Entries that an inbox keeps, about: whoever adds one trims to it.
    public static let inboxLength = 500

    public enum Event {
        /// A notification for every open page of the user.
        public static let notification = "notification"
        /// `{"sid"}`: that session has ended; its sockets close with 4401.
        public static let sessionRevoked = "session_revoked"
        /// `{"gateway","socket","code","reason"}`: that one socket closes.
        public static let closeSocket = "close_socket"
    }

    public var event: String
    /// Nil for what the inbox does not keep.
    public var inboxID: String?
    public var json: [UInt8]

    public init(event: String, inboxID: String?, json: [UInt8]) {
        self.event = event
        self.inboxID = inboxID
        self.json = json
    }

    public var encoded: [UInt8] { Array("\(self.event) \(self.inboxID ?? "-")\n".utf8) + self.json }

    /// Reads a published event; nil when it is none.
    public init?(decoding bytes: some Collection<UInt8>) {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let header = Array(bytes[..<end]).withUnsafeBytes { line -> (event: String, inboxID: String?)? in
            var words = HeaderWords(line)
            guard let event = words.next(), let id = words.nextOrNone(), words.isAtEnd else { return nil }
            return (event, id)
        }
        guard let header else { return nil }
        self.init(
            event: header.event, inboxID: header.inboxID, json: Array(bytes[bytes.index(after: end)...]))
    }
}
