import JSON

/// Who reacted to a message with what: two fields that stand in messages, in the events of reactions and in their answers.
///
/// ```json
/// "reactions":{"🎯":["viper-1","ghost-2"]},"reaction_counts":{"🎯":9000}
/// ```
public struct ReactionsPayload: Sendable, Equatable {
    /// Most names of one emoji; the count is of all.
    public static let mostNames = 50
    /// Most names of all emoji of a message together: everybody in the room is told them at each reaction.
    public static let mostNamesInAll = 100

    public struct Emoji: Sendable, Equatable {
        public var emoji: String
        /// Those that came first while there was room, at most ``ReactionsPayload/mostNames``.
        public var users: [String]
        public var count: Int

        public init(_ emoji: String, users: [String], count: Int) {
            self.emoji = emoji
            self.users = users
            self.count = count
        }
    }

    /// In the order in which they first came.
    public var emoji: [Emoji]

    public init(_ emoji: [Emoji] = []) {
        self.emoji = emoji
    }

    /// Those of a message or an event, with everybody counted who is named where it does not count.
    ///
    /// - Returns: Nil for one that has none, or cannot be read.
    public init?(in json: [UInt8]) {
        guard let place = Self.place(in: json), json[place].count > Self.nobody.count else { return nil }
        let object = [UInt8(ascii: "{")] + json[place] + [UInt8(ascii: "}")]
        guard let value = try? JSONValue(parsing: object), let named = try? value["reactions"]?.fields() else {
            return nil
        }
        self.emoji = named.map { name, users in
            let users = ((try? users.elements()) ?? []).compactMap(\.string)
            return Emoji(name, users: users, count: value["reaction_counts"]?[name]?.integer ?? users.count)
        }
    }

    /// The two fields without braces around them.
    public var fields: [UInt8] {
        var names = JSONWriter()
        var counts = JSONWriter()
        var left = Self.mostNamesInAll
        for one in self.emoji {
            let named = Array(one.users.prefix(left))
            left -= named.count
            var users: [UInt8] = []
            JSONWriter.append(named, to: &users)
            names.field(one.emoji, raw: users)
            counts.field(one.emoji, raw: "\(one.count)".utf8)
        }
        return Array(#""reactions":"#.utf8) + names.finish() + Array(#","reaction_counts":"#.utf8) + counts.finish()
    }

    /// A message, or an event, with `fields` in the place of its own, or at its end when it has none. Not a byte is changed
    /// of what is no object.
    public static func put(_ fields: some Collection<UInt8>, into json: [UInt8]) -> [UInt8] {
        let place: Range<Int>
        let comma: [UInt8]
        if let own = self.place(in: json) {
            (place, comma) = (own, [])
        } else {
            guard json.count > 2, json.last == UInt8(ascii: "}") else { return json }
            (place, comma) = ((json.count - 1)..<(json.count - 1), [UInt8(ascii: ",")])
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(json.count + fields.count)
        bytes += json[..<place.lowerBound]
        bytes += comma
        bytes += fields
        bytes += json[place.upperBound...]
        return bytes
    }

    /// The same fields with every emoji and its count, and without the names.
    public static func unnamed(_ fields: some Sequence<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var isInList = false  // neither an emoji nor a name has a bracket
        for byte in fields {
            if byte == UInt8(ascii: "]") { isInList = false }
            if !isInList { bytes.append(byte) }
            if byte == UInt8(ascii: "[") { isInList = true }
        }
        return bytes
    }

    /// Whether a message or an event has the fields.
    public static func isIn(_ json: [UInt8]) -> Bool { self.place(in: json) != nil }

    /// A message in which nobody has reacted, whatever it says itself.
    public static func removed(from json: [UInt8]) -> [UInt8] {
        guard let place = self.place(in: json), !json[place].elementsEqual(Self.nobody) else { return json }
        return self.put(Self.nobody, into: json)
    }

    private static let nobody = Array(#""reactions":{}"#.utf8)
    private static let reactions = Array(#""reactions":{"#.utf8)
    private static let counts = Array(#","reaction_counts":{"#.utf8)

    /// Where the fields stand. Before `reactions` a message has only names, numbers and strings, and inside a string the
    /// quotation marks would be escaped: the first place that reads so is the field itself. It holds no brace but its own,
    /// because neither an emoji nor an identifier has one.
    private static func place(in json: [UInt8]) -> Range<Int>? {
        let quotes = json.indices.lazy.filter { json[$0] == UInt8(ascii: "\"") }
        guard let start = quotes.first(where: { json[$0...].starts(with: Self.reactions) }),
            let closing = json[start...].firstIndex(of: UInt8(ascii: "}"))
        else { return nil }
        let next = closing + 1
        guard json[next...].starts(with: Self.counts), let end = json[next...].firstIndex(of: UInt8(ascii: "}")) else {
            return start..<next
        }
        return start..<(end + 1)
    }
}
