import Domain
import JSON
import WireContract

/// Reads an event of the outbox and says who is to hear of it. Pure: it knows no Redis and no clock.
struct NotificationPlanner: Sendable {
    private let freshness: Freshness
    private let readers: ReaderIndex
    /// Where the events happen that it is asked about.
    var rooms = KnownRooms()

    /// - Parameter fresh: What happened longer ago is not announced as news.
    init(roster: any Roster, fresh: Duration) {
        self.freshness = Freshness(limit: fresh)
        self.readers = ReaderIndex(roster)
    }

    /// Why an event can never be planned.
    enum PlanningError: Error, Equatable {
        case malformed(String)
    }

    /// - Parameter now: Milliseconds since 1970.
    /// - Returns: At most one notification for each user; none for events that concern nobody in particular.
    func notifications(for event: RoomEvent, now: Int) throws(PlanningError) -> [Notification] {
        let isOld = self.freshness.isLate(event.producedAt, now: now)
        if let change = MemberChange(event) {
            return try self.notice(of: change, in: event, isLate: isOld).map { [$0] } ?? []
        }
        guard event.event == Publication.Event.newMessage, !Self.mentionsNobody(event.json) else { return [] }
        let message: [String: JSONValue]
        do { message = try JSONValue(parsing: event.json).dictionary ?? [:] } catch {
            throw .malformed("message: \(error)")
        }
        guard let type = message["message_type"]?.string.flatMap({ MessageKind(rawValue: $0) }) else {
            throw .malformed("message_type")
        }
        switch type {
        case .text, .gif, .image, .file, .voice:
            return self.mentions(in: message, event: event, now: now, isLate: isOld)
        case .tradeSignal:
            return isOld ? [] : try self.signal(message, event: event, now: now)
        case .system, .emojiReaction:
            return []
        }
    }

    /// Whether a message is a text in which nobody can be named, as nearly all are: seen in one pass over its bytes, without
    /// taking it apart.
    ///
    /// - Returns: False also when that cannot be told so easily.
    private static func mentionsNobody(_ message: [UInt8]) -> Bool {
        message.withUnsafeBytes { bytes in
            var cursor = JSONCursor(bytes)
            var (types, texts, isPlain) = (0, 0, true)
            do throws(JSONError) {
                try cursor.object { (cursor, name) throws(JSONError) in
                    if cursor.bytes(in: name.range).elementsEqual("message_type".utf8) {
                        types += 1
                        let type = cursor.bytes(in: try cursor.text().range)
                        if !type.elementsEqual(MessageKind.text.rawValue.utf8) { isPlain = false }
                    } else if cursor.bytes(in: name.range).elementsEqual("content".utf8) {
                        texts += 1
                        let text = try cursor.text()
                        if text.hasEscapes || cursor.bytes(in: text.range).contains(UInt8(ascii: "@")) {
                            isPlain = false
                        }
                    } else {
                        try cursor.value()
                    }
                }
                try cursor.end()
            } catch { return false }
            return isPlain && types == 1 && texts == 1
        }
    }

    private func mentions(
        in message: [String: JSONValue], event: RoomEvent, now: Int, isLate: Bool
    ) -> [Notification] {
        guard let content = message["content"]?.string, content.contains("@") else { return [] }
        guard let room = self.room(of: event) else { return [] }
        let readers = self.readers.readers(of: room.record, at: Timestamp(milliseconds: Int64(now)))
        let found = readers.parser.mentions(in: content)
        guard found.squad || !found.names.isEmpty else { return [] }
        let callsign = OneLine.text(message["callsign"]?.string ?? event.user, limit: 64)
        let notice = self.notice(
            event, kind: .mention, title: "Mentioned by \(callsign)",
            message: "\(callsign): \(OneLine.text(content, limit: 100))", isLate: isLate)
        // “Everyone” is the squad itself, not the commanders of other squads who may look in.
        let meant = found.squad ? found.names.union(readers.members) : found.names
        return meant.sorted().compactMap { index in
            let user = readers.users[index].userID
            return user.rawValue == event.user ? nil : self.notification(event, notice, for: user)
        }
    }

    private func signal(
        _ message: [String: JSONValue], event: RoomEvent, now: Int
    ) throws(PlanningError) -> [Notification] {
        guard let data = message["metadata"]?["signal_data"], data.kind == .object else {
            throw .malformed("metadata.signal_data")
        }
        guard self.freshness.staleness(of: data, now: now) == nil else { return [] }
        let pair = OneLine.text(data["pair"]?.string ?? "?", limit: 32)
        let direction = OneLine.text(data["direction"]?.string ?? "", limit: 8)
        let notice = self.notice(
            event, kind: .tradeSignal, title: "New Trading Signal", message: "Signal: \(pair) \(direction)",
            isLate: false, signal: JSONWriter.compact(data))
        guard let room = self.room(of: event) else { return [] }
        let readers = self.readers.readers(of: room.record, at: Timestamp(milliseconds: Int64(now)))
        return readers.members.map { self.notification(event, notice, for: readers.users[$0].userID) }
    }

    private func notice(
        _ event: RoomEvent, kind: NotificationKind, title: String, message: String, isLate: Bool,
        signal: [UInt8]? = nil
    ) -> Notice {
        Notice(
            id: Notice.identifier(room: event.room, epoch: event.epoch, sequence: event.sequence, kind: kind),
            kind: kind, title: title, message: message, priority: .high, room: event.room, source: event.user,
            messageID: event.message, createdAt: event.producedAt, isLate: isLate, signal: signal)
    }

    /// What one person is told of `event`.
    func notification(_ event: RoomEvent, _ notice: Notice, for user: UserID) -> Notification {
        Notification(
            id: Notification.identifier(
                room: event.room, epoch: event.epoch, sequence: event.sequence, user: user, kind: notice.kind),
            user: user, notice: notice)
    }

    /// Where the event happened.
    func room(of event: RoomEvent) -> Room? { (try? RoomID(event.room)).flatMap(self.rooms.room) }
}
