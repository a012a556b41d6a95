import Cryptography
import Domain
import JSON

/// One thing one person is to hear of.
struct Notification: Sendable, Equatable {
    let id: NotificationID
    let user: UserID
    /// What preferences decide on.
    let kind: NotificationKind
    let title: String
    let message: String
    let priority: NotificationPriority
    let room: String
    /// Who caused it; empty for the suite itself.
    let source: String
    let messageID: String?
    /// Milliseconds since 1970: when it happened, not when it was planned.
    let createdAt: Int
    /// It happened longer ago than counts as news.
    let isLate: Bool
    /// The signal's object as the engine gave it, for ``NotificationKind/tradeSignal``.
    var signal: [UInt8]?

    /// The name of the notification about one event for one user: the same whenever it is planned again.
    static func identifier(room: String, epoch: String, sequence: Int, user: UserID, kind: NotificationKind)
        -> NotificationID
    {
        // Line breaks cannot stand in any of the parts, so different parts never give the same text.
        let text = "\(room)\n\(epoch)\n\(sequence)\n\(user)\n\(kind.rawValue)"
        let digits = Array("0123456789abcdef".utf8)
        let hex = Digest.sha256(Array(text.utf8)).prefix(20).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        guard let id = try? NotificationID("notif_" + String(decoding: hex, as: UTF8.self)) else {
            preconditionFailure("hexadecimal digits are an identifier")
        }
        return id
    }

    /// The name of the kind for clients of the original, which knows signals as system alerts.
    var wireType: String {
        (self.kind == .tradeSignal ? NotificationKind.systemAlert : self.kind).rawValue
    }

    /// The record of original-wire §6 without what only delivery knows.
    var json: [UInt8] {
        var metadata = JSONWriter()
        metadata.field("kind", self.kind.rawValue)
        metadata.field("read", false)
        metadata.field("read_at", nil as String?)
        metadata.field("late", self.isLate)
        if let signal { metadata.field("signal_data", raw: signal) }
        var json = JSONWriter()
        json.field("notification_id", self.id.rawValue)
        json.field("user_id", self.user.rawValue)
        json.field("notification_type", self.wireType)
        json.field("title", self.title)
        json.field("message", self.message)
        json.field("priority", self.priority.rawValue)
        json.field("source_room_id", self.room)
        json.field("source_user_id", self.source.isEmpty ? nil : self.source)
        json.field("source_message_id", self.messageID)
        json.field("metadata", raw: metadata.finish())
        json.field("created_at", Timestamp(milliseconds: Int64(self.createdAt)).rfc3339)
        json.field("scheduled_for", nil as String?)
        return json.finish()
    }
}

extension Notification {
    /// Reads ``json``; nil when it is none.
    init?(json bytes: some Sequence<UInt8>) {
        guard let json = try? JSONValue(parsing: bytes), let metadata = json["metadata"],
            let id = json["notification_id"]?.string.flatMap({ try? NotificationID($0) }),
            let user = json["user_id"]?.string.flatMap({ try? UserID($0) }),
            let kind = metadata["kind"]?.string.flatMap({ NotificationKind(rawValue: $0) }),
            let title = json["title"]?.string, let message = json["message"]?.string,
            let priority = json["priority"]?.string.flatMap({ NotificationPriority(rawValue: $0) }),
            let room = json["source_room_id"]?.string,
            let createdAt = json["created_at"]?.string.flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        self.init(
            id: id, user: user, kind: kind, title: title, message: message, priority: priority, room: room,
            source: json["source_user_id"]?.string ?? "", messageID: json["source_message_id"]?.string,
            createdAt: Int(createdAt.milliseconds), isLate: metadata["late"]?.boolean ?? false,
            signal: metadata["signal_data"].map { Array($0.bytes) })
    }
}
