import Domain

/// Who is in a room, as a join shows it: at most 500, those who are there first; by name where there are no more. Pure.
struct Roster: Sendable {
    static let most = 500

    struct Place: Sendable, Equatable {
        let user: String
        /// The member as JSON without its braces.
        let profile: [UInt8]
    }

    /// How often the room's members or who of them is there have changed: the room's field `roster`, which every script adds
    /// one to that changes either.
    private(set) var version: Int
    private var present: [Place]
    private var absent: [Place]
    private var users: Set<String>

    /// - Parameters:
    ///   - present: Members who are there.
    ///   - absent: Other members.
    init(version: Int, present: [Place], absent: [Place]) {
        self.version = version
        self.present = Array(present.prefix(Self.most)).sorted { $0.user < $1.user }
        self.absent = absent.prefix(Self.most - self.present.count).sorted { $0.user < $1.user }
        self.users = Set((self.present + self.absent).map(\.user))
    }

    var count: Int { self.users.count }

    /// Somebody came.
    ///
    /// - Returns: Whether the list is still true: it is not when something else happened before.
    mutating func entered(_ entrance: Rosters.Entrance) -> Bool {
        if entrance.version <= self.version { return true }
        guard entrance.version == self.version + 1 else { return false }
        self.version = entrance.version
        self.put(entrance.place, isPresent: entrance.isPresent)
        return true
    }

    /// The list for one who asks, as a JSON array: they are in it, whoever else is.
    func json(for asker: Place, isPresent: Bool) -> [UInt8] {
        guard self.users.contains(asker.user) else {
            var copy = self
            copy.put(asker, isPresent: isPresent)
            return copy.json
        }
        return self.json
    }

    private mutating func put(_ place: Place, isPresent: Bool) {
        self.present.removeAll { $0.user == place.user }
        self.absent.removeAll { $0.user == place.user }
        if self.users.insert(place.user).inserted, self.users.count > Self.most {
            // They make room: whoever is away, or else the last.
            if let last = self.absent.popLast() ?? self.present.popLast() { self.users.remove(last.user) }
        }
        if isPresent { Self.insert(place, into: &self.present) } else { Self.insert(place, into: &self.absent) }
    }

    private static func insert(_ place: Place, into places: inout [Place]) {
        places.insert(place, at: places.firstIndex { $0.user > place.user } ?? places.endIndex)
    }

    private var json: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(self.count * 160)
        bytes.append(UInt8(ascii: "["))
        for (places, end) in [(self.present, #","online":true}"#), (self.absent, #","online":false}"#)] {
            for place in places {
                if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(UInt8(ascii: "{"))
                bytes += place.profile
                bytes += end.utf8
            }
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }
}

extension Roster.Place {
    init(_ user: DirectoryUser) {
        self.init(user: user.userID.rawValue, profile: Array(RoomJSON.member(user).dropLast()))
    }
}
