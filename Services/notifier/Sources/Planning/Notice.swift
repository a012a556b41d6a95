import Cryptography
import Domain
import JSON
import WireContract

/// What is told about one event: the same for everybody who is told. Stored once for all of them
/// (``RedisNames/notice(_:)``); whoever delivers or reads a notification finds the text there.
struct Notice: Sendable, Equatable {
    /// The name of what is told about one event: the same whenever it is planned again.
    let id: NoticeID
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
    var isLate: Bool
    /// The signal's object as the engine gave it, for ``NotificationKind/tradeSignal``.
    var signal: [UInt8]?

    static func identifier(room: String, epoch: String, sequence: Int, kind: NotificationKind) -> NoticeID {
        // Line breaks cannot stand in any of the parts, so different parts never give the same text.
        guard let id = try? NoticeID(Digest.name(of: "\(room)\n\(epoch)\n\(sequence)\n\(kind.rawValue)", bytes: 10))
        else { preconditionFailure("hexadecimal digits are an identifier") }
        return id
    }

    /// The name of the kind for clients.
    var wireType: String { NotificationPayload.wireType(of: self.kind) }

    /// The fields of a notification that are the same for everybody.
    var json: [UInt8] {
        NotificationPayload(
            kind: self.kind, title: self.title, message: self.message, priority: self.priority, roomID: self.room,
            sourceUserID: self.source.isEmpty ? nil : self.source, messageID: self.messageID, isLate: self.isLate,
            signal: self.signal, createdAt: Timestamp(milliseconds: Int64(self.createdAt)).rfc3339
        ).encoded
    }
}

extension Notice {
    /// Reads ``json``, or the whole of a notification; nil when it is none.
    init?(_ id: NoticeID, json: JSONValue) {
        // Looking a field up reads the whole object.
        guard let json = json.dictionary, let metadata = json["metadata"]?.dictionary,
            let kind = metadata["kind"]?.string.flatMap({ NotificationKind(rawValue: $0) }),
            let title = json["title"]?.string, let message = json["message"]?.string,
            let priority = json["priority"]?.string.flatMap({ NotificationPriority(rawValue: $0) }),
            let room = json["source_room_id"]?.string,
            let createdAt = json["created_at"]?.string.flatMap({ Timestamp(rfc3339: $0) })
        else { return nil }
        self.init(
            id: id, kind: kind, title: title, message: message, priority: priority, room: room,
            source: json["source_user_id"]?.string ?? "", messageID: json["source_message_id"]?.string,
            createdAt: Int(createdAt.milliseconds), isLate: metadata["late"]?.boolean ?? false,
            signal: metadata["signal_data"].map { Array($0.bytes) })
    }
}

extension JSONValue {
    /// The fields of an object; of a name that is there twice the first. Nil for anything else.
    var dictionary: [String: JSONValue]? {
        (try? self.fields()).map { Dictionary($0.map { ($0.name, $0.value) }) { first, _ in first } }
    }
}

/// Names a ``Notice``.
typealias NoticeID = Identifier<NoticeSubject>

enum NoticeSubject: IdentifierSubject { static let maximumLength = 128 }

extension Digest {
    /// A name made of a text: the first bytes of its SHA-256 as digits.
    static func name(of text: String, bytes: Int) -> String {
        var text = text
        return hexadecimal(text.withUTF8 { Digest.sha256(UnsafeRawBufferPointer($0)) }.prefix(bytes))
    }
}
