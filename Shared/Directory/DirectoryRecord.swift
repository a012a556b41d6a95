public import Domain
public import JSON

/// Why a record of a user is refused; the text is for the person who wrote the record.
public struct DirectoryRecordError: Error, Equatable, CustomStringConvertible {
    /// The field, as the record names it; nil when the record as a whole is no record.
    public let field: String?
    /// What is wrong with it and what would be right.
    public let reason: String

    public init(field: String?, reason: String) {
        self.field = field
        self.reason = reason
    }

    public var description: String { self.field.map { "\($0): \(self.reason)" } ?? self.reason }
}

/// A user as a file, the owner's feed or a token's claims write it: a flat list of texts, not yet believed.
///
/// Numbers and booleans are taken as the text they are written as; a few other spellings of names are known.
/// ``user(defaultVersion:)`` checks everything once.
public struct DirectoryRecord: Sendable, Equatable {
    /// The longest user name, callsign or rank, in characters.
    public static let longestName = 64

    private static let aliases = [
        "id": "user_id", "uid": "user_id", "name": "username", "squad": "squad_id", "mail": "email",
        "email_address": "email", "phone_number": "phone", "telegram": "telegram_chat_id", "tz": "timezone",
        "time_zone": "timezone", "is_active": "active",
    ]

    /// By the names of the directory; empty texts are absent.
    private var fields: [String: String] = [:]

    /// - Parameter fields: Names and texts, for example one line of a table. Where a field is written twice, under its
    ///   name and another spelling, its own name wins.
    public init(_ fields: [(name: String, value: String)]) {
        for (name, value) in fields where !value.isEmpty {
            let name = name.lowercased()
            if let known = Self.aliases[name] {
                if self.fields[known] == nil { self.fields[known] = value }
            } else {
                self.fields[name] = value
            }
        }
    }

    /// - Parameter json: One JSON object whose values are texts, numbers, booleans or null.
    public init(json: some Sequence<UInt8>) throws(DirectoryRecordError) {
        let object: JSONValue
        do { object = try JSONValue(parsing: json) } catch {
            throw DirectoryRecordError(field: nil, reason: "not JSON (\(error))")
        }
        try self.init(object)
    }

    /// - Parameter object: A JSON object whose values are texts, numbers, booleans or null.
    public init(_ object: JSONValue) throws(DirectoryRecordError) {
        let members: [(name: String, value: JSONValue)]
        do { members = try object.fields() } catch {
            throw DirectoryRecordError(field: nil, reason: "not a JSON object of named fields")
        }
        var fields: [(name: String, value: String)] = []
        for (name, value) in members {
            switch value.kind {
            case .string:
                guard let text = value.string else {
                    throw DirectoryRecordError(field: name, reason: "holds half a surrogate pair")
                }
                fields.append((name, text))
            case .number, .boolean: fields.append((name, String(decoding: value.bytes, as: UTF8.self)))
            case .null: break
            case .array, .object:
                // Fields that are not ours may be anything.
                guard Self.known.contains(Self.aliases[name.lowercased()] ?? name.lowercased()) else { continue }
                throw DirectoryRecordError(field: name, reason: "must be a text, not \(value.kind.rawValue)")
            }
        }
        self.init(fields)
    }

    private static let known: Set<String> = [
        "user_id", "username", "callsign", "squad_id", "role", "rank", "email", "phone", "telegram_chat_id",
        "timezone", "version", "active",
    ]

    /// The user this record describes.
    ///
    /// - Parameters:
    ///   - defaultVersion: The version when the record names none: milliseconds since 1970 of its writing.
    ///   - present: What is known of that user; nil for nobody. Fields that the record lacks keep its values.
    /// - Throws: ``DirectoryRecordError`` for the first field that cannot be believed.
    public func user(
        defaultVersion: Int, over present: DirectoryUser? = nil
    ) throws(DirectoryRecordError) -> DirectoryUser {
        let userID: UserID = try self.identifier("user_id")
        let squadID = try self.squad() ?? present?.squadID
        guard let squadID else { throw DirectoryRecordError(field: "squad_id", reason: "is missing") }
        let role = try self.role() ?? present?.role ?? .recruit
        let username = try self.name("username") ?? present?.username ?? userID.rawValue
        let version = try self.number("version") ?? defaultVersion
        let callsign = try self.name("callsign") ?? present?.callsign ?? username
        let rank = try self.name("rank") ?? present?.rank ?? role.rawValue.uppercased()
        let (email, phone, zone) = (try self.email(), try self.phone(), try self.timeZone())
        let (telegramChatID, isActive) = (try self.telegramChatID(), try self.flag("active"))
        do {
            return try DirectoryUser(
                userID: userID, username: username, callsign: callsign, squadID: squadID, role: role, rank: rank,
                email: email ?? present?.email, phone: phone ?? present?.phone,
                telegramChatID: telegramChatID ?? present?.telegramChatID, timeZone: zone ?? present?.timeZone,
                version: version, isActive: isActive ?? present?.isActive ?? true)
        } catch {
            switch error {
            case .malformed(let field): throw DirectoryRecordError(field: field, reason: "is malformed")
            case .reservedName: throw DirectoryRecordError(field: "user_id", reason: "SYSTEM is the suite itself")
            }
        }
    }

    private func identifier<Subject>(_ field: String) throws(DirectoryRecordError) -> Identifier<Subject> {
        guard let text = self.fields[field] else { throw DirectoryRecordError(field: field, reason: "is missing") }
        do { return try Identifier(text) } catch {
            throw DirectoryRecordError(
                field: field,
                reason: "must be 1 to \(Subject.maximumLength) of A–Z a–z 0–9 _ - . (it is also part of a key)")
        }
    }

    private func squad() throws(DirectoryRecordError) -> SquadID? {
        self.fields["squad_id"] == nil ? nil : try self.identifier("squad_id")
    }

    private func role() throws(DirectoryRecordError) -> Role? {
        guard let text = self.fields["role"]?.lowercased() else { return nil }
        guard let role = Role(rawValue: text) else {
            throw DirectoryRecordError(
                field: "role", reason: "“\(text)” is none of commander, sergeant, corporal, recruit, observer")
        }
        return role
    }

    /// Line breaks would travel into mail headers and log lines, so control characters end here.
    private func name(_ field: String) throws(DirectoryRecordError) -> String? {
        guard let text = self.fields[field] else { return nil }
        guard text.count <= Self.longestName else {
            throw DirectoryRecordError(field: field, reason: "is longer than \(Self.longestName) characters")
        }
        guard Self.isPlain(text), text.contains(where: { !$0.isWhitespace }) else {
            throw DirectoryRecordError(field: field, reason: "must be visible characters on one line")
        }
        return text
    }

    private func email() throws(DirectoryRecordError) -> String? {
        guard let text = self.fields["email"] else { return nil }
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= 254, parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, Self.isPlain(text),
            !text.contains(where: { $0.isWhitespace || "<>,;:\"\\()[]".contains($0) })
        else { throw DirectoryRecordError(field: "email", reason: "is not one address like name@example.org") }
        return text
    }

    private func phone() throws(DirectoryRecordError) -> String? {
        guard let written = self.fields["phone"] else { return nil }
        let text = written.filter { !" -()./".contains($0) }
        guard text.first == "+", (7...15).contains(text.count - 1),
            text.dropFirst().utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { throw DirectoryRecordError(field: "phone", reason: "must be + and 7 to 15 digits (E.164)") }
        return text
    }

    private func telegramChatID() throws(DirectoryRecordError) -> String? {
        guard let text = self.fields["telegram_chat_id"] else { return nil }
        let isChannel =
            text.first == "@" && text.dropFirst().allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard Int64(text) != nil || (isChannel && text.count > 1 && text.count <= 64) else {
            throw DirectoryRecordError(field: "telegram_chat_id", reason: "must be a number or @name")
        }
        return text
    }

    private func timeZone() throws(DirectoryRecordError) -> String? {
        guard let text = self.fields["timezone"] else { return nil }
        guard text.utf8.count <= 64,
            text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "/_+-".contains($0)) })
        else { throw DirectoryRecordError(field: "timezone", reason: "must be a name like Europe/Berlin") }
        return text
    }

    private func number(_ field: String) throws(DirectoryRecordError) -> Int? {
        guard let text = self.fields[field] else { return nil }
        // Scripts of Redis compare versions as doubles: above 2⁵³ neighbours would be equal.
        guard let value = Int(text), (0...(1 << 53)).contains(value) else {
            throw DirectoryRecordError(field: field, reason: "must be a whole number from 0 to 2^53")
        }
        return value
    }

    private func flag(_ field: String) throws(DirectoryRecordError) -> Bool? {
        switch self.fields[field]?.lowercased() {
        case nil: return nil
        case "true", "1", "yes": return true
        case "false", "0", "no": return false
        case .some(let text):
            throw DirectoryRecordError(field: field, reason: "“\(text)” is neither true nor false")
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: false
            // Direction overrides make a name look like another one.
            case .format: false
            default: true
            }
        }
    }
}

extension DirectoryRecord {
    /// The record of `user`: what the directory stores, and what ``init(json:)`` reads again. One line.
    public static func json(of user: DirectoryUser) -> [UInt8] { DirectoryDocument.encode(user) }

    /// What other users may see of `user`: the same names, without contacts.
    public static func profile(of user: DirectoryUser) -> [UInt8] { DirectoryDocument.profile(user) }

    public static func json(of squad: Squad) -> [UInt8] { DirectoryDocument.encode(squad) }
}
