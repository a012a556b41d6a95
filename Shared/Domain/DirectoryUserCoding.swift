/// The form in which the directory is stored and fed: snake case, everything checked again when read.
extension DirectoryUser: Codable {
    private enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case username, callsign
        case squadID = "squad_id"
        case role, rank, email, phone
        case telegramChatID = "telegram_chat_id"
        case timeZone = "timezone"
        case version
        case isActive = "active"
    }

    /// An absent `username` or `callsign` is the user id, an absent `rank` the role's name, `version` 0 and `active`
    /// true.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let userID = try values.decode(UserID.self, forKey: .userID)
        let role = try values.decode(Role.self, forKey: .role)
        let username = try values.decodeIfPresent(String.self, forKey: .username) ?? userID.rawValue
        try self.init(
            userID: userID,
            username: username,
            callsign: try values.decodeIfPresent(String.self, forKey: .callsign) ?? username,
            squadID: try values.decode(SquadID.self, forKey: .squadID),
            role: role,
            rank: try values.decodeIfPresent(String.self, forKey: .rank) ?? role.rawValue.capitalizedASCII,
            email: try values.decodeIfPresent(String.self, forKey: .email),
            phone: try values.decodeIfPresent(String.self, forKey: .phone),
            telegramChatID: try values.decodeIfPresent(String.self, forKey: .telegramChatID),
            timeZone: try values.decodeIfPresent(String.self, forKey: .timeZone),
            version: try values.decodeIfPresent(Int.self, forKey: .version) ?? 0,
            isActive: try values.decodeIfPresent(Bool.self, forKey: .isActive) ?? true)
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(self.userID, forKey: .userID)
        try values.encode(self.username, forKey: .username)
        try values.encode(self.callsign, forKey: .callsign)
        try values.encode(self.squadID, forKey: .squadID)
        try values.encode(self.role, forKey: .role)
        try values.encode(self.rank, forKey: .rank)
        try values.encodeIfPresent(self.email, forKey: .email)
        try values.encodeIfPresent(self.phone, forKey: .phone)
        try values.encodeIfPresent(self.telegramChatID, forKey: .telegramChatID)
        try values.encodeIfPresent(self.timeZone, forKey: .timeZone)
        try values.encode(self.version, forKey: .version)
        try values.encode(self.isActive, forKey: .isActive)
    }
}

extension String {
    fileprivate var capitalizedASCII: String { self.prefix(1).uppercased() + self.dropFirst() }
}
