import Domain
import NIOCore
import Redis
import WireContract

/// What somebody has seen of a room.
struct MissedQuestion: Sendable {
    let room: String
    let keys: RoomKeys
    /// The answer goes up to its seq.
    let state: RoomState
    let epoch: String
    let sequence: Int
}

/// The events of a room after what somebody has seen, in order.
struct MissedEvents: Sendable {
    var events: [Publication] = []
    /// The last seq among them, or the one that was seen.
    var last: Int
}

extension RoomReading {
    /// Messages that are read at once: what is beyond the bytes of an answer is read in vain, and no more than these.
    static let messagesAtOnce = 64

    /// What each room's asker missed: at most ``ChatLimits/resumeEvents`` and ``ChatLimits/resumeBytes`` over all.
    ///
    /// - Parameter mayBeCut: Whether an answer may end before a room does; else there is none for what is too much.
    /// - Returns: For each question its events; nil when they are not all there.
    func missed(_ questions: [MissedQuestion], mayBeCut: Bool) async throws -> [MissedEvents?] {
        var answers: [MissedEvents?] = questions.map { question in
            guard question.state.knows(epoch: question.epoch, sequence: question.sequence) else { return nil }
            return MissedEvents(last: question.sequence)
        }
        let logged = try await self.logged(questions, &answers, mayBeCut: mayBeCut)
        var bytes = ChatLimits.resumeBytes
        // Events of reactions, and of each message the last.
        var reactions: [ToldReaction] = []
        var last: [ToldMessage: Int] = [:]
        reading: for part in logged.chunks(of: Self.messagesAtOnce) {
            let texts = try await self.texts(of: part, questions)
            for (event, text) in zip(part, texts) {
                guard var answer = answers[event.place] else { continue }
                guard let text else {
                    answers[event.place] = nil
                    continue
                }
                let message = ToldMessage(place: event.place, message: event.message)
                bytes -= text.json.count + 64
                if let fields = text.reactions {
                    bytes -= fields.count - (last[message].map { reactions[$0].fields.count } ?? 0)
                }
                if bytes < 0 {
                    if !mayBeCut { answers[event.place] = nil }
                    bytes = 0
                    break reading
                }
                if let fields = text.reactions {
                    last[message] = reactions.count
                    reactions.append(ToldReaction(place: event.place, index: answer.events.count, fields: fields))
                }
                answer.events.append(event.publication(in: questions[event.place], text.json))
                answer.last = event.sequence
                answers[event.place] = answer
            }
        }
        // The last of each message names people in any case, those before it as far as there is room.
        let inAnyCase = Set(last.values)
        for (number, one) in reactions.enumerated().reversed() {
            guard answers[one.place] != nil else { continue }
            if !inAnyCase.contains(number) {
                if bytes < one.fields.count { continue }
                bytes -= one.fields.count
            }
            answers[one.place]?.events[one.index].name(one.fields)
        }
        return answers
    }

    /// The logs' entries, the rooms one after the other.
    private func logged(
        _ questions: [MissedQuestion], _ answers: inout [MissedEvents?], mayBeCut: Bool
    ) async throws -> [LoggedEvent] {
        var left = ChatLimits.resumeEvents
        var wanted: [(place: Int, count: Int)] = []
        for (place, question) in questions.enumerated() where answers[place] != nil {
            let due = question.state.sequence - question.sequence
            if due > left, !mayBeCut {
                answers[place] = nil
                continue
            }
            if min(due, left) > 0 { wanted.append((place, min(due, left))) }
            left -= min(due, left)
        }
        let replies = try await self.connection.pipeline(
            wanted.map { place, count in
                RedisCommand(
                    "XRANGE", RedisArgument(questions[place].keys.log),
                    RedisArgument("(\(questions[place].sequence)-0"),
                    RedisArgument(questions[place].state.sequence), "COUNT", RedisArgument(count))
            })
        var logged: [LoggedEvent] = []
        for ((place, count), reply) in zip(wanted, replies) {
            let found = try await self.unlessMistyped(questions[place].room) { try reply.get().array }
            let entries = (found ?? []).compactMap { LoggedEvent($0, place: place) }
            // The log may have been trimmed since its room was looked at: as many entries may be there, but others.
            let first = questions[place].sequence + 1
            guard entries.map(\.sequence) == Array(first..<first + count) else {
                answers[place] = nil
                continue
            }
            logged += entries
        }
        return logged
    }

    /// The events' JSON. That of a message is its present state, so that a deleted text is never repeated; a reaction, of which
    /// the log keeps who and what, is told with how many are on the message now. Nil where Redis has let go of the message.
    private func texts(of events: [LoggedEvent], _ questions: [MissedQuestion]) async throws -> [EventText?] {
        var texts: [EventText?] = events.map { $0.json.map { EventText(json: $0) } }
        var wanted: [Int: (messages: [Int], reactions: [Int])] = [:]
        for (index, event) in events.enumerated() {
            if event.json == nil {
                wanted[event.place, default: ([], [])].messages.append(index)
            } else if event.isReaction {
                wanted[event.place, default: ([], [])].reactions.append(index)
            }
        }
        for (place, indices) in wanted {
            let keys = questions[place].keys
            let messages = try await self.unlessMistyped(questions[place].room) {
                try await self.messages(indices.messages.map { events[$0].message }, in: keys)
            }
            for (index, text) in zip(indices.messages, messages ?? []) {
                texts[index] = text.map { EventText(json: $0) }
            }
            guard !indices.reactions.isEmpty else { continue }
            let reactions = try await self.unlessMistyped(questions[place].room) {
                try await self.connection.send(
                    RedisCommand(
                        "HMGET",
                        [RedisArgument(keys.reacted)] + indices.reactions.map { RedisArgument(events[$0].message) })
                ).array
            }
            for (offset, index) in indices.reactions.enumerated() {
                guard let json = events[index].json, let reactions else {
                    texts[index] = nil
                    continue
                }
                // An event of a former release names them itself.
                guard let fields = reactions[offset].buffer.map({ Array(buffer: $0) }) else {
                    texts[index] = ReactionsPayload.isIn(json) ? EventText(json: json) : nil
                    continue
                }
                texts[index] = EventText(
                    json: ReactionsPayload.put(ReactionsPayload.unnamed(fields), into: json), reactions: fields)
            }
        }
        return texts
    }
}

/// An event as it is told.
private struct EventText: Sendable {
    let json: [UInt8]
    /// What is on the message, with the names; the JSON only counts them. Nil when it says them itself. Fifty names in each
    /// of a hundred events would be more than an answer may be.
    var reactions: [UInt8]?
}

/// An event of a reaction in one of the answers.
private struct ToldReaction {
    let place: Int
    let index: Int
    let fields: [UInt8]
}

extension Publication {
    fileprivate mutating func name(_ reactions: [UInt8]) {
        self.json = ReactionsPayload.put(reactions, into: self.json)
    }
}

/// A message of one of the rooms that are asked for.
private struct ToldMessage: Hashable {
    let place: Int
    let message: String
}

/// An entry of a room's log.
private struct LoggedEvent: Sendable {
    /// Which question it answers.
    let place: Int
    let sequence: Int
    let event: String
    let message: String
    let user: String
    let flag: Publication.Flag
    /// Nil for an event whose JSON is its message's.
    let json: [UInt8]?

    init?(_ reply: RedisValue, place: Int) {
        guard let parts = reply.array, parts.count == 2, let id = parts[0].string.flatMap({ StreamID($0) }) else {
            return nil
        }
        let fields = parts[1].map()
        // A message of a person has neither flags nor JSON.
        guard let event = fields["event"]?.string, let flag = Publication.Flag(fields["flags"]?.string ?? "-") else {
            return nil
        }
        self.place = place
        self.sequence = Int(id.milliseconds)
        self.event = event
        self.message = fields["message"]?.string ?? ""
        self.user = fields["user"]?.string ?? ""
        self.flag = flag
        self.json = fields["json"]?.buffer.flatMap { $0.readableBytes == 0 ? nil : Array(buffer: $0) }
    }

    var isReaction: Bool {
        self.event == Publication.Event.reactionAdded || self.event == Publication.Event.reactionRemoved
    }

    func publication(in question: MissedQuestion, _ json: [UInt8]) -> Publication {
        Publication(
            event: self.event, room: question.room, epoch: question.state.epoch, sequence: self.sequence,
            flag: self.flag, user: self.user.isEmpty ? nil : self.user, json: json)
    }
}
