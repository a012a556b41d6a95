import Domain
import JSON
import WireContract

/// Reads an event of the outbox and says who is to hear of it. Pure: it knows no Redis and no clock.
struct NotificationPlanner: Sendable {
    let roster: any Roster
    /// What happened longer ago is not announced as news.
    let fresh: Duration

    /// Why an event can never be planned.
    enum PlanningError: Error, Equatable {
        case malformed(String)
    }

    /// - Parameter now: Milliseconds since 1970.
    /// - Returns: At most one notification for each user; none for events that concern nobody in particular.
    func notifications(for event: RoomEvent, now: Int) throws(PlanningError) -> [Notification] {
        let isOld = now - event.producedAt > Int(self.fresh / .milliseconds(1))
        if let change = MemberChange(event) {
            return try self.notice(of: change, in: event, isLate: isOld).map { [$0] } ?? []
        }
        guard event.event == Publication.Event.newMessage else { return [] }
        let message: JSONValue
        do { message = try JSONValue(parsing: event.json) } catch { throw .malformed("message: \(error)") }
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

    private func mentions(
        in message: JSONValue, event: RoomEvent, now: Int, isLate: Bool
    ) -> [Notification] {
        guard let content = message["content"]?.string, content.contains("@") else { return [] }
        guard let room = Self.room(event) else { return [] }
        let readers = self.roster.readers(of: room, at: Timestamp(milliseconds: Int64(now)))
        let found = MentionParser(names: readers.map { [$0.callsign, $0.username] }).mentions(in: content)
        let callsign = OneLine.text(message["callsign"]?.string ?? event.user, limit: 64)
        return readers.enumerated().compactMap { index, reader in
            // “Everyone” is the squad itself, not the commanders of other squads who may look in.
            guard found.names.contains(index) || (found.squad && reader.squadID == room.squadID) else { return nil }
            guard reader.userID.rawValue != event.user else { return nil }
            return self.notification(
                event, user: reader.userID, kind: .mention, title: "Mentioned by \(callsign)",
                message: "\(callsign): \(OneLine.text(content, limit: 100))", isLate: isLate)
        }
    }

    private func signal(
        _ message: JSONValue, event: RoomEvent, now: Int
    ) throws(PlanningError) -> [Notification] {
        guard let data = message["metadata"]?["signal_data"], data.kind == .object else {
            throw .malformed("metadata.signal_data")
        }
        guard self.isNews(data, now: now) else { return [] }
        let pair = OneLine.text(data["pair"]?.string ?? "?", limit: 32)
        let direction = OneLine.text(data["direction"]?.string ?? "", limit: 8)
        guard let room = Self.room(event) else { return [] }
        let readers = self.roster.readers(of: room, at: Timestamp(milliseconds: Int64(now)))
        return readers.filter { $0.squadID == room.squadID }.map { reader in
            self.notification(
                event, user: reader.userID, kind: .tradeSignal, title: "New Trading Signal",
                message: "Signal: \(pair) \(direction)", isLate: false, signal: JSONWriter.compact(data))
        }
    }

    /// A price of an hour ago is not news but a trap. How old it is the signal says itself: the event is only as old as
    /// chat's post of it.
    private func isNews(_ signal: JSONValue, now: Int) -> Bool {
        func moment(_ name: String) -> Int? {
            signal[name]?.string.flatMap { Timestamp(rfc3339: $0) }.map { Int($0.milliseconds) }
        }
        if signal["stale"]?.boolean == true { return false }
        if let end = moment("expires_at"), end <= now { return false }
        return moment("timestamp").map { now - $0 <= Int(self.fresh / .milliseconds(1)) } ?? true
    }

    private func notification(
        _ event: RoomEvent, user: UserID, kind: NotificationKind, title: String, message: String, isLate: Bool,
        signal: [UInt8]? = nil
    ) -> Notification {
        Notification(
            id: Notification.identifier(
                room: event.room, epoch: event.epoch, sequence: event.sequence, user: user, kind: kind),
            user: user, kind: kind, title: title, message: message, priority: .high, room: event.room,
            source: event.user, messageID: event.message, createdAt: event.producedAt, isLate: isLate, signal: signal)
    }

    private static func room(_ event: RoomEvent) -> Room? { (try? RoomID(event.room)).flatMap { Room($0) } }
}

/// Text for places that hold one line: a title, a subject, a preview.
enum OneLine {
    /// - Returns: `text` with each run of white space and control characters as one space, cut to `limit` characters
    ///   with `…` where something is missing.
    static func text(_ text: String, limit: Int) -> String {
        var result = ""
        var count = 0
        var isGap = false
        for character in text {
            let isBlank =
                character.isWhitespace
                || character.unicodeScalars.allSatisfy { scalar in
                    let category = scalar.properties.generalCategory
                    // `format` holds the marks that turn the direction of text: a name must not rewrite a line.
                    return category == .control || (category == .format && scalar.value != 0x200D)
                }
            if isBlank {
                isGap = !result.isEmpty
                continue
            }
            if count + (isGap ? 1 : 0) >= limit { return result + "…" }
            if isGap {
                result.append(" ")
                count += 1
                isGap = false
            }
            result.append(character)
            count += 1
        }
        return result
    }
}
