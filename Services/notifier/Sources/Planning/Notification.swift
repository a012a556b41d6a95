import Cryptography
import Domain
import JSON
import WireContract

/// One thing one person is to hear of. Its title, message and the like are those of its ``Notice``.
@dynamicMemberLookup
struct Notification: Sendable, Equatable {
    let id: NotificationID
    let user: UserID
    private(set) var notice: Notice

    subscript<Value>(dynamicMember path: KeyPath<Notice, Value>) -> Value { self.notice[keyPath: path] }

    /// It happened longer ago than counts as news.
    var isLate: Bool {
        get { self.notice.isLate }
        set { self.notice.isLate = newValue }
    }

    /// The name of the notification about one event for one user: the same whenever it is planned again.
    static func identifier(room: String, epoch: String, sequence: Int, user: UserID, kind: NotificationKind)
        -> NotificationID
    {
        // Line breaks cannot stand in any of the parts, so different parts never give the same text.
        let digest = Digest.name(of: "\(room)\n\(epoch)\n\(sequence)\n\(user)\n\(kind.rawValue)", bytes: 20)
        guard let id = try? NotificationID("notif_" + digest) else {
            preconditionFailure("hexadecimal digits are an identifier")
        }
        return id
    }

    /// The name of its deliveries in the queues. What is kept of them when they have ended is kept by event.
    var job: String { "\(self.notice.id)/\(self.user)" }

    /// Whether it came as a whole, from an earlier release: its text is stored nowhere else.
    var isWhole: Bool { self.notice.id.rawValue == self.id.rawValue }

    /// What a client is told; what only delivery knows is not in it.
    var json: [UInt8] {
        PersonalNotice(id: self.id.rawValue, user: self.user.rawValue).json(of: self.notice.json)
    }
}

extension Notification {
    /// Reads ``json``, as jobs of earlier releases carry it; nil when it is none.
    init?(json bytes: some Sequence<UInt8>) {
        guard let json = try? JSONValue(parsing: bytes),
            let id = json["notification_id"]?.string.flatMap({ try? NotificationID($0) }),
            let user = json["user_id"]?.string.flatMap({ try? UserID($0) }),
            let own = try? NoticeID(id.rawValue), let notice = Notice(own, json: json)
        else { return nil }
        self.init(id: id, user: user, notice: notice)
    }
}
