/// Finds `@name` in a message.
///
/// A mention begins at an `@` that does not stand inside a word (so a mail address mentions nobody) and ends where the
/// name ends: not followed by another letter, digit or `_`, nor by a `-` or `.` that goes on into one. Case does not
/// count. What stands in `code` is quoted, not said.
struct MentionParser {
    /// Whom a text means.
    struct Mentions: Equatable {
        /// Indices of the names that were given.
        var names: Set<Int> = []
        /// `@squad`, `@everyone` or `@all` stands there.
        var squad = false
    }

    static let squadWords: Set<String> = ["squad", "everyone", "all"]

    /// Folded name → its owners. One name may belong to several.
    private var owners: [String: [Int]] = [:]
    /// In characters.
    private var longest = 0

    /// - Parameter names: The names of each owner.
    init(names: [[String]]) {
        for (index, names) in names.enumerated() {
            for name in Set(names.map { Self.fold($0) }) where !name.isEmpty {
                self.owners[name, default: []].append(index)
                self.longest = max(self.longest, name.count)
            }
        }
        self.longest = max(self.longest, 8)  // “everyone”
    }

    func mentions(in text: String) -> Mentions {
        guard text.utf8.contains(UInt8(ascii: "@")) else { return Mentions() }
        let characters = Array(Self.withoutCode(text).lowercased())
        var result = Mentions()
        for index in characters.indices where characters[index] == "@" {
            if index > 0, Self.isWord(characters[index - 1]) || "-.@".contains(characters[index - 1]) { continue }
            self.match(characters[(index + 1)...], into: &result)
        }
        return result
    }

    /// The longest name wins: `@ghost-2` is not `@ghost`.
    private func match(_ rest: ArraySlice<Character>, into result: inout Mentions) {
        var length = min(self.longest, rest.count)
        while length > 0 {
            defer { length -= 1 }
            guard Self.isEdge(rest, after: length) else { continue }
            let candidate = String(rest.prefix(length))
            // A person of that name goes before the word for all.
            if let owners = self.owners[candidate] {
                result.names.formUnion(owners)
                return
            }
            if Self.squadWords.contains(candidate) {
                result.squad = true
                return
            }
        }
    }

    private static func isEdge(_ rest: ArraySlice<Character>, after length: Int) -> Bool {
        let next = rest.startIndex + length
        guard next < rest.endIndex else { return true }
        if Self.isWord(rest[next]) { return false }
        guard rest[next] == "-" || rest[next] == ".", next + 1 < rest.endIndex else { return true }
        return !Self.isWord(rest[next + 1])
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    private static func fold(_ name: String) -> String { name.lowercased() }

    /// Takes out what stands between equally long runs of backquotes (CommonMark §6.1); a run without its partner is text.
    static func withoutCode(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "`")) else { return text }
        let characters = Array(text)
        func run(at start: Int) -> Int {
            var end = start
            while end < characters.count, characters[end] == "`" { end += 1 }
            return end - start
        }
        var result: [Character] = []
        var index = 0
        while index < characters.count {
            guard characters[index] == "`" else {
                result.append(characters[index])
                index += 1
                continue
            }
            let opening = run(at: index)
            var search = index + opening
            var closing: Int?
            while search < characters.count {
                guard characters[search] == "`" else {
                    search += 1
                    continue
                }
                let length = run(at: search)
                if length == opening {
                    closing = search
                    break
                }
                search += length
            }
            result.append("\u{0}")  // a quote separates what stands on its two sides
            index = closing.map { $0 + opening } ?? index + opening
        }
        return String(result)
    }
}
