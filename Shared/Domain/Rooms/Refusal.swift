/// Why the suite did not do what it was asked: the one error a client ever sees.
public struct Refusal: Error, Hashable, Sendable {
    /// What a program can act on. The raw values are on the wire and never change.
    public enum Code: String, CaseIterable, Codable, Hashable, Sendable {
        case badJSON = "bad_json"
        case unknownEvent = "unknown_event"
        case invalidField = "invalid_field"
        case frameTooLarge = "frame_too_large"
        case messageTooLong = "message_too_long"
        case emptyMessage = "empty_message"
        case unknownRoom = "unknown_room"
        case forbidden
        case notJoined = "not_joined"
        case messageNotFound = "message_not_found"
        /// The same id was used before for something else.
        case conflict
        case rateLimited = "rate_limited"
        /// The suite has more to do than it may queue: ask again later.
        case busy
        /// A part of the suite did not answer: what was asked may or may not have been done.
        case unavailable
        case notAuthenticated = "not_authenticated"
        case tooManyConnections = "too_many_connections"
        case unsupportedType = "unsupported_type"
        case invalidSignal = "invalid_signal"
    }

    public let code: Code
    /// One clear sentence for a person; never holds a secret or the text of a message.
    public let message: String
    /// The field at fault, as the client wrote its name.
    public let field: String?
    /// The limit that was passed, in the unit of the field.
    public let limit: Int?
    /// Seconds after which asking again may help.
    public let retryAfter: Int?

    public init(
        _ code: Code, _ message: String, field: String? = nil, limit: Int? = nil, retryAfter: Int? = nil
    ) {
        self.code = code
        self.message = message
        self.field = field
        self.limit = limit
        self.retryAfter = retryAfter
    }
}

/// `{"code":…,"message":…}` and, where they say something, `field`, `limit`, `retry_after`.
extension Refusal: Codable {
    private enum CodingKeys: String, CodingKey {
        case code, message, field, limit
        case retryAfter = "retry_after"
    }
}
