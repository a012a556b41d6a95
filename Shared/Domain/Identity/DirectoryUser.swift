/// A user as the directory knows them: the only source of role, squad and rank.
public struct DirectoryUser: Hashable, Sendable {
    public let userID: UserID
    public let username: String
    /// The name shown.
    public let callsign: String
    public let squadID: SquadID
    public let role: Role
    /// A title such as `Sergeant First Class`; decides nothing.
    public let rank: String
    public let email: String?
    public let phone: String?
    public let telegramChatID: String?
    /// An IANA name such as `Asia/Tokyo`; `nil` means UTC.
    public let timeZone: String?
    /// Grows with every change; of two entries for one user the one with the larger version is true.
    public let version: Int
    /// `false` once the owner's system has retired the user: nothing is allowed any more.
    public let isActive: Bool

    /// - Parameters: Texts are 1–64 characters (rank 0–64, contacts 1–254) without control characters, because they are
    ///   shown to others and stand in mail headers.
    /// - Throws: ``DirectoryUserError``
    public init(
        userID: UserID, username: String, callsign: String, squadID: SquadID, role: Role, rank: String,
        email: String? = nil, phone: String? = nil, telegramChatID: String? = nil, timeZone: String? = nil,
        version: Int = 0, isActive: Bool = true
    ) throws(DirectoryUserError) {
        guard userID != .system else { throw .reservedName }
        try checkText(username, 1...64, field: "username")
        try checkText(callsign, 1...64, field: "callsign")
        try checkText(rank, 0...64, field: "rank")
        try checkText(email, 3...254, field: "email")
        if let email, !isAddress(email) { throw .malformed(field: "email") }
        try checkText(phone, 1...254, field: "phone")
        try checkText(telegramChatID, 1...254, field: "telegram_chat_id")
        try checkText(timeZone, 1...64, field: "timezone")
        guard version >= 0 else { throw .malformed(field: "version") }
        self.userID = userID
        self.username = username
        self.callsign = callsign
        self.squadID = squadID
        self.role = role
        self.rank = rank
        self.email = email
        self.phone = phone
        self.telegramChatID = telegramChatID
        self.timeZone = timeZone
        self.version = version
        self.isActive = isActive
    }
}

/// Why a directory entry was refused.
public enum DirectoryUserError: Error, Equatable, Sendable {
    /// The field is empty, too long, has control characters, or is not of its form.
    case malformed(field: String)
    /// `SYSTEM` is the suite itself.
    case reservedName
}

private func checkText(_ text: String?, _ length: ClosedRange<Int>, field: String) throws(DirectoryUserError) {
    guard let text else { return }
    guard length.contains(text.unicodeScalars.count), !text.unicodeScalars.contains(where: isControl) else {
        throw .malformed(field: field)
    }
}

/// The least that must be true of an address before it goes into an SMTP command: one `@` with something on both
/// sides, no blanks and no brackets.
private func isAddress(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && !text.contains { " <>,;\"".contains($0) }
}

/// Line breaks, terminal control, and the marks that reverse the direction of text.
func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
}
