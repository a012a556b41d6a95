import Domain
import NIOCore
import Redis
import WireContract

/// Which page of a room's messages is asked for.
struct PageQuestion: Sendable {
    static let unknownRoom = CommandFailure.refused(Refusal(.unknownRoom, "There is no such room."))
    static let notJoined = CommandFailure.refused(Refusal(.notJoined, "Join the room first."))

    let room: String
    let keys: RoomKeys
    /// Who asks; empty for the suite itself.
    let user: String
    /// The seq up to which the answer goes, when something before it has settled that; nil for the room's last.
    var through: Int?
    /// Messages with a lower seq; nil for the newest.
    var before: Int?
    /// Most messages; fewer when they are too many bytes.
    let limit: Int
    /// Whether the asker has the right to the whole history; else they must be a member, and see what ``MemberFloor`` allows.
    var seesWholeHistory = true
    /// Whether the room's members are to be counted.
    var countsMembers = false
}

/// A page of messages, oldest first.
struct RoomPage: Sendable {
    /// The room when the page was read; its seq is the one asked for.
    let state: RoomState
    let headcount: Headcount?
    let texts: [PageMessage]
    /// Whether there are older ones that the asker may see.
    let hasMore: Bool
    /// What the asker has set on them, as JSON; nil for the suite itself.
    var ownReactions: [UInt8]?

    /// Bytes of all of them.
    var size: Int { self.texts.reduce(2) { $0 + $1.json.count + 1 } }

    /// As a JSON array.
    var messages: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.size)
        bytes.append(UInt8(ascii: "["))
        for (place, text) in self.texts.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += text.json
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }
}

/// A message of a page.
struct PageMessage: Sendable {
    let id: String
    /// In its present state.
    let json: [UInt8]
}

/// What Redis holds of a page at one moment.
struct PageLook: Sendable {
    let state: RoomState
    /// Nil where nobody asked for it.
    let headcount: Headcount?
    /// The seq of the asker's joining. Nil for one who is no member.
    let joined: Int?
    /// The messages from the newest on, one more than the page may have.
    let held: [(id: String, sequence: Int)]

    /// Whether the page needs the archive, and needs it read again after it was read up to `through`.
    func needsArchive(for limit: Int, above floor: Int, readThrough through: Int?) -> Bool {
        let trimmed = self.state.trimmed
        if trimmed == 0 || through ?? -1 >= trimmed || floor > trimmed { return false }
        return self.held.count { $0.sequence > trimmed } <= limit
    }
}

extension RoomReading {
    private static let mostLooks = 10

    /// - Throws: ``CommandFailure`` when there is no such room, or the asker is no member of it.
    func look(_ question: PageQuestion) async throws -> PageLook {
        let highest = min(question.before.map { $0 - 1 } ?? .max, question.through ?? .max)
        let replies = try await self.atOnce(
            [
                RedisCommand("HGET", RedisArgument(self.keys.state), "epoch"),
                RedisCommand("HMGET", [RedisArgument(question.keys.room)] + RoomState.fields),
                RedisCommand("HGET", RedisArgument(question.keys.members), RedisArgument(question.user)),
                RedisCommand(
                    "ZREVRANGEBYSCORE", RedisArgument(question.keys.index),
                    highest == .max ? "+inf" : RedisArgument(highest), "-inf", "WITHSCORES", "LIMIT", 0,
                    RedisArgument(question.limit + 1)),
            ]
                + (question.countsMembers ? [question.keys.members, question.keys.online] : []).map {
                    RedisCommand("HLEN", RedisArgument($0))
                })
        guard var state = RoomState(replies[1]) else { throw PageQuestion.unknownRoom }
        guard state.epoch == replies[0].string else { throw RoomsToReopen(rooms: [question.room]) }
        // Nobody knows since when the member of a damaged entry may read: like one who joined now.
        let joined = replies[2].buffer.map { MemberEntry(Array(buffer: $0))?.joined ?? state.sequence }
        if !question.seesWholeHistory, joined == nil { throw PageQuestion.notJoined }
        if let through = question.through { state.sequence = through }
        let words = replies[3].array ?? []
        let held = stride(from: 0, to: words.count - 1, by: 2).compactMap { place -> (id: String, sequence: Int)? in
            guard let id = words[place].string, let sequence = words[place + 1].int else { return nil }
            return (id, sequence)
        }
        let counts = replies.dropFirst(4).map { $0.int ?? 0 }
        return PageLook(
            state: state,
            headcount: counts.count == 2 ? Headcount(members: counts[0], online: min(counts[1], counts[0])) : nil,
            joined: joined, held: held)
    }

    /// The newest messages below the one asked for.
    func page(_ question: PageQuestion) async throws -> RoomPage {
        var archived: ArchivedPage?
        var floor = MemberFloor(question)
        // Redis may let go of more while a page is read; an archive that is an older copy never has it.
        for _ in 0..<Self.mostLooks {
            let look = try await self.look(question)
            let lowest = try await floor.sequence(look, self)
            if look.needsArchive(for: question.limit, above: lowest, readThrough: archived?.through) {
                guard let archive = self.archive else { throw ArchiveNeeded() }
                let highest = min(question.before ?? .max, (question.through ?? .max - 1) + 1)
                archived = try await archive.page(
                    of: question.room, before: highest == .max ? nil : highest, limit: question.limit + 1)
                continue  // Redis is read again: what it holds is at least as new
            }
            let bodies = try await self.bodies(of: look.held, in: question.keys)
            // Let go between the two readings: then it is in the archive.
            let gone = zip(look.held, bodies).contains { held, body in
                body == nil && held.sequence > max(look.state.trimmed, archived?.through ?? 0)
            }
            if gone, try await self.isTrimmedFurther(than: look.state, question.keys) { continue }
            var page = Self.page(look, bodies, archived, from: lowest, question.limit)
            page.ownReactions = try await self.ownReactions(of: question.user, on: page.texts, in: question.room)
            return page
        }
        throw CommandFailure.discarded("the archive does not reach what Redis has let go")
    }

    /// The messages' JSON, newest first, as far as it can be in one page.
    private func bodies(of held: [(id: String, sequence: Int)], in room: RoomKeys) async throws -> [[UInt8]?] {
        var (bodies, bytes): ([[UInt8]?], Int) = ([], 0)
        for part in held.chunks(of: Self.messagesAtOnce) where bytes <= ChatLimits.pageBytes {
            let read = try await self.messages(part.map(\.id), in: room)
            bytes += read.reduce(0) { $0 + ($1?.count ?? 0) }
            bodies += read
        }
        return bodies
    }

    private func isTrimmedFurther(than state: RoomState, _ room: RoomKeys) async throws -> Bool {
        let reply = try await self.connection.send(
            RedisCommand("HMGET", [RedisArgument(room.room)] + RoomState.fields))
        return RoomState(reply).map { $0.trimmed > state.trimmed } ?? false
    }

    private static func page(
        _ look: PageLook, _ bodies: [[UInt8]?], _ archived: ArchivedPage?, from floor: Int, _ limit: Int
    ) -> RoomPage {
        var texts: [Int: PageMessage] = [:]
        for message in archived?.messages ?? [] where message.sequence >= floor {
            texts[message.sequence] = PageMessage(id: message.id, json: message.json)
        }
        // What the archive has not read is between these and what Redis may hold below.
        let unread = archived.flatMap { $0.isCut ? $0.messages.last?.sequence : nil } ?? floor
        // What Redis holds is at least as new.
        for (held, body) in zip(look.held, bodies) where held.sequence >= max(floor, unread) {
            if let body { texts[held.sequence] = PageMessage(id: held.id, json: body) }
        }
        let newest = texts.sorted { $0.key > $1.key }.map(\.value)
        var bytes = 0
        let taken = newest.prefix(limit).enumerated().prefix { place, text in
            bytes += text.json.count
            return place == 0 || bytes <= ChatLimits.pageBytes
        }
        return RoomPage(
            state: look.state, headcount: look.headcount, texts: taken.reversed().map(\.element),
            hasMore: taken.count < newest.count || unread > floor)
    }
}

extension RoomPage {
    /// As it follows the answer to a join, and to a resume that could not be continued.
    func push(of room: String) -> Publication {
        Publication(
            event: Publication.Event.roomHistory, room: room, epoch: self.state.epoch, sequence: self.state.sequence,
            json: RoomHistoryPayload(
                roomID: room, epoch: self.state.epoch, sequence: self.state.sequence, messages: self.messages,
                hasMore: self.hasMore, ownReactions: self.ownReactions
            ).encoded)
    }
}
