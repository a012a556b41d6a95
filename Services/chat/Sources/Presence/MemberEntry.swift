import Domain
import JSON

/// What a room remembers of a member: `{"seq":<of the first join>,"rights":<bits>,<the rest as others see it>`.
struct MemberEntry {
    /// Nil in an entry that was written before rights were kept, or came back from the archive: then they are those of
    /// the role in it.
    let rights: Permissions?
    /// The member after its seq and rights, as ``RoomJSON/member(_:)`` writes it.
    let profile: [UInt8]
    /// The seq of the first join.
    let joined: Int

    /// - Returns: Nil for what is no entry.
    init?(_ text: [UInt8]) {
        guard let fields = try? JSONValue.fields(parsing: text), fields.first?.name == "seq" else { return nil }
        let rights = fields.dropFirst().first { $0.name == "rights" }?.value.integer
        self.rights = rights.map { Permissions(rawValue: $0) }
        self.joined = fields.first?.value.integer ?? 0
        let commas = rights == nil ? 1 : 2
        var rest = text[...]
        for _ in 0..<commas { rest = rest.drop { $0 != UInt8(ascii: ",") }.dropFirst() }
        self.profile = Array(rest)
    }

    /// Whether nothing has to change for a user with these rights.
    func isOf(_ user: DirectoryUser, with rights: Permissions) -> Bool {
        (self.rights ?? rights) == rights && self.profile == RoomJSON.member(user)
    }
}
