/// A notification in an inbox: what differs from person to person. The rest is stored once for everybody who is told of
/// the event (``RedisNames/notice(_:)``), so that ten thousand members keep one text, and a text that must go is
/// deleted in one place.
public struct PersonalNotice: Sendable, Equatable {
    public var id: String
    public var user: String

    public init(id: String, user: String) {
        self.id = id
        self.user = user
    }

    /// The notification as clients know it.
    ///
    /// - Parameter shared: The stored object of what is the same for everybody.
    public func json(of shared: [UInt8]) -> [UInt8] {
        // Identifiers need no escapes.
        var json = Array(#"{"notification_id":"\#(self.id)","user_id":"\#(self.user)","#.utf8)
        json += shared.dropFirst()
        return json
    }
}
