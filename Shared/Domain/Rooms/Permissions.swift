/// What a user may do in a room. The bits are on the wire and never change their meaning; all are below 2⁵³, so that
/// JavaScript reads them exactly.
public struct Permissions: OptionSet, Hashable, Codable, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// See the room and what is said in it.
    public static let read = Permissions(rawValue: 1)
    /// Send messages, and so also show that one is typing.
    public static let send = Permissions(rawValue: 2)
    /// Add and remove one's own reactions.
    public static let react = Permissions(rawValue: 4)
    public static let upload = Permissions(rawValue: 8)
    /// See all history. Without it, what happened since joining and one page before that.
    public static let history = Permissions(rawValue: 16)
    public static let createRooms = Permissions(rawValue: 32)
    public static let deleteMessages = Permissions(rawValue: 64)
    public static let mute = Permissions(rawValue: 128)
    public static let kick = Permissions(rawValue: 256)
    public static let ban = Permissions(rawValue: 512)
    /// Report another user to those who moderate.
    public static let report = Permissions(rawValue: 1_024)
    /// Speak as the command to a whole squad.
    public static let announce = Permissions(rawValue: 2_048)

    /// Every permission there is.
    public static let all: Permissions = .init(Self.named.map(\.permission))

    private static let named: [(permission: Permissions, name: String)] = [
        (.read, "read"), (.send, "send"), (.react, "react"), (.upload, "upload"), (.history, "history"),
        (.createRooms, "create_rooms"), (.deleteMessages, "delete_messages"), (.mute, "mute"), (.kick, "kick"),
        (.ban, "ban"), (.report, "report"), (.announce, "announce"),
    ]

    /// The names of what is allowed, as clients read them, in the order of the bits. Unknown bits have no name.
    public var names: [String] {
        Self.named.filter { self.contains($0.permission) }.map(\.name)
    }

    /// The permissions with these names; unknown names are passed over, because they may come from a newer release.
    public init(names: some Sequence<String>) {
        self = names.reduce(into: []) { permissions, name in
            if let known = Self.named.first(where: { $0.name == name }) { permissions.insert(known.permission) }
        }
    }
}
