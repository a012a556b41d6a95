/// Who reacted to a message with what: emoji in the order of their first use, users in the order they reacted.
public struct Reactions: Hashable, Sendable {
    public struct Entry: Hashable, Sendable {
        public let emoji: String
        public fileprivate(set) var users: [UserID]
    }

    public private(set) var entries: [Entry]

    public init() {
        self.entries = []
    }

    /// Takes up stored reactions; users and emoji that are there twice count once, an emoji without users is left out.
    public init(_ stored: some Sequence<(emoji: String, users: [UserID])>) {
        self.entries = []
        for (emoji, users) in stored {
            for user in users { self.insert(emoji, by: user) }
        }
    }

    public var isEmpty: Bool { self.entries.isEmpty }

    public func users(of emoji: String) -> [UserID] {
        self.entries.first { $0.emoji == emoji }?.users ?? []
    }

    /// - Returns: `false` when the user had already reacted so: nothing changed.
    /// - Throws: ``Refusal`` when `emoji` is none, or would be one more than ``MessageLimits/distinctEmoji``.
    public mutating func add(_ emoji: String, by user: UserID) throws(Refusal) -> Bool {
        try MessageLimits.check(emoji: emoji)
        if !self.entries.contains(where: { $0.emoji == emoji }), self.entries.count >= MessageLimits.distinctEmoji {
            throw Refusal(
                .invalidField, "A message carries at most \(MessageLimits.distinctEmoji) different emoji.",
                field: "emoji", limit: MessageLimits.distinctEmoji)
        }
        return self.insert(emoji, by: user)
    }

    /// - Returns: `false` when the user had not reacted so: nothing changed.
    public mutating func remove(_ emoji: String, by user: UserID) -> Bool {
        guard let index = self.entries.firstIndex(where: { $0.emoji == emoji }),
            let place = self.entries[index].users.firstIndex(of: user)
        else { return false }
        self.entries[index].users.remove(at: place)
        if self.entries[index].users.isEmpty { self.entries.remove(at: index) }
        return true
    }

    @discardableResult
    private mutating func insert(_ emoji: String, by user: UserID) -> Bool {
        guard let index = self.entries.firstIndex(where: { $0.emoji == emoji }) else {
            self.entries.append(Entry(emoji: emoji, users: [user]))
            return true
        }
        guard !self.entries[index].users.contains(user) else { return false }
        self.entries[index].users.append(user)
        return true
    }
}
