import Domain
import JSON

/// The JSON in which the directory keeps its entries.
enum DirectoryDocument {
    /// Fields without a value are left out.
    static func encode(_ user: DirectoryUser) -> [UInt8] {
        var json = Self.begin(user)
        if let email = user.email { json.field("email", email) }
        if let phone = user.phone { json.field("phone", phone) }
        if let chat = user.telegramChatID { json.field("telegram_chat_id", chat) }
        if let zone = user.timeZone { json.field("timezone", zone) }
        json.field("version", user.version)
        json.field("active", user.isActive)
        return json.finish()
    }

    /// What other users may see of one.
    static func profile(_ user: DirectoryUser) -> [UInt8] { Self.begin(user).finish() }

    private static func begin(_ user: DirectoryUser) -> JSONWriter {
        var json = JSONWriter()
        json.field("user_id", user.userID.rawValue)
        json.field("username", user.username)
        json.field("callsign", user.callsign)
        json.field("squad_id", user.squadID.rawValue)
        json.field("role", user.role.rawValue)
        json.field("rank", user.rank)
        return json
    }

    static func encode(_ squad: Squad) -> [UInt8] {
        var json = JSONWriter()
        json.field("squad_id", squad.squadID.rawValue)
        json.field("name", squad.name)
        return json.finish()
    }

    /// Entries are checked again on the way in: somebody may have written into Redis by hand.
    static func user(_ json: some Sequence<UInt8>) throws(DirectoryRecordError) -> DirectoryUser {
        try DirectoryRecord(json: json).user(defaultVersion: 0)
    }

    static func squad(_ json: some Sequence<UInt8>) throws(DirectoryRecordError) -> Squad {
        guard let object = try? JSONValue(parsing: json), let id = object["squad_id"]?.string,
            let squadID = try? SquadID(id)
        else { throw DirectoryRecordError(field: "squad_id", reason: "is missing or no identifier") }
        return Squad(squadID: squadID, name: object["name"]?.string ?? Self.name(of: squadID))
    }

    /// The name of a squad that nobody has named: its id with a capital, `alpha` → `Alpha`.
    static func name(of squad: SquadID) -> String {
        squad.rawValue.prefix(1).uppercased() + squad.rawValue.dropFirst()
    }
}
