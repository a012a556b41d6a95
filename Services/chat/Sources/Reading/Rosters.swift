import Domain
import NIOCore
import Redis

/// The members' lists of rooms that somebody joined, kept under one opening of a partition: to read 500 entries costs Redis
/// more than all the rest of a join.
///
/// A list is of the version that it was read at. Each entrance says which version it made, so a list that was told of every
/// entrance since is of that version; where something else happened in between, the list is read again. A join is answered
/// from a list that is at least of the version it made itself, so that the asker finds everybody in it who came before. Who
/// comes or goes after it is told by the room's events.
actor Rosters {
    /// Members of all lists together; beyond them all are let go.
    private static let bound = 20_000

    /// A list that is being read.
    private struct Load {
        /// Who entered meanwhile.
        var entrances: [Entrance] = []
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    struct Entrance: Sendable {
        let place: Roster.Place
        /// Whether a socket came, and not only a member.
        let isPresent: Bool
        /// The roster's after it.
        let version: Int
    }

    private var lists: [String: Roster] = [:]
    private var loads: [String: Load] = [:]

    /// For a partition that is opened anew.
    func forget() { self.lists.removeAll() }

    /// Somebody entered a room; to be told in the order of the entrances.
    func entered(_ room: String, _ entrance: @Sendable () -> Entrance?) {
        guard self.lists[room] != nil || self.loads[room] != nil else { return }
        guard let entrance = entrance() else {
            self.lists[room] = nil
            return
        }
        self.loads[room]?.entrances.append(entrance)
        // Taken out meanwhile, so that it is changed in its place.
        guard var roster = self.lists.removeValue(forKey: room) else { return }
        if roster.entered(entrance) { self.lists[room] = roster }
    }

    /// The members for one who asks, as a JSON array.
    ///
    /// - Parameters:
    ///   - version: Of the asker's own entrance; nil when it is not known.
    ///   - read: Reads the list; once for all who need it at the same time.
    func members(
        of room: String, atLeast version: Int?, for asker: Roster.Place, isPresent: Bool,
        read: @Sendable () async throws -> Roster
    ) async throws -> [UInt8] {
        while true {
            if let version, let roster = self.lists[room], roster.version >= version {
                return roster.json(for: asker, isPresent: isPresent)
            }
            guard self.loads[room] == nil else {
                await withCheckedContinuation { self.loads[room]?.waiting.append($0) }
                continue
            }
            self.loads[room] = Load()
            let result: Result<Roster, any Error>
            do { result = .success(try await read()) } catch { result = .failure(error) }
            let load = self.loads.removeValue(forKey: room)
            if case .success(let roster) = result { self.keep(roster, of: room, load?.entrances ?? []) }
            for one in load?.waiting ?? [] { one.resume() }
            let roster = try result.get()
            if roster.version >= version ?? 0 { return roster.json(for: asker, isPresent: isPresent) }
        }
    }

    private func keep(_ roster: Roster, of room: String, _ entrances: [Entrance]) {
        var roster = roster
        self.lists[room] = nil
        for entrance in entrances where !roster.entered(entrance) { return }
        if self.lists.values.reduce(roster.count, { $0 + $1.count }) > Self.bound { self.lists.removeAll() }
        self.lists[room] = roster
    }
}

extension RoomReading {
    /// The members for one who asks, as a JSON array.
    func members(of room: String, _ keys: RoomKeys, asker: DirectoryUser, isOnline: Bool) async throws -> [UInt8] {
        try await self.rosters.members(
            of: room, atLeast: self.left?.roster, for: Roster.Place(asker), isPresent: isOnline
        ) { try await self.roster(keys) }
    }

    /// Of many members some, at random: a bounded piece of work however many there are.
    private func roster(_ room: RoomKeys) async throws -> Roster {
        let replies = try await self.atOnce([
            RedisCommand("HGET", RedisArgument(room.room), "roster"),
            RedisCommand("HRANDFIELD", RedisArgument(room.online), RedisArgument(Roster.most)),
            RedisCommand("HRANDFIELD", RedisArgument(room.members), RedisArgument(Roster.most)),
        ])
        let online = (replies[1].array ?? []).compactMap(\.string)
        let isOnline = Set(online)
        let others = (replies[2].array ?? []).compactMap(\.string).filter { !isOnline.contains($0) }
        let names = Array((online + others).prefix(Roster.most))
        var (present, absent): ([Roster.Place], [Roster.Place]) = ([], [])
        if !names.isEmpty {
            let entries = try await self.connection.send(
                RedisCommand("HMGET", [RedisArgument(room.members)] + names.map { RedisArgument($0) }))
            for (user, entry) in zip(names, entries.array ?? []) {
                // A damaged entry keeps nobody out of the room.
                guard let entry = entry.buffer.flatMap({ MemberEntry(Array(buffer: $0)) }) else { continue }
                let place = Roster.Place(user: user, profile: Array(entry.profile.dropLast()))
                if isOnline.contains(user) { present.append(place) } else { absent.append(place) }
            }
        }
        return Roster(version: replies[0].int ?? 0, present: present, absent: absent)
    }
}
