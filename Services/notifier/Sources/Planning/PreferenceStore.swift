import Database
import Domain
import FoundationEssentials

/// What users want to hear of, and how. Somebody without a row has the defaults.
struct PreferenceStore: Sendable {
    private let database: SQLDatabase

    /// Of the notifier's whole database.
    static let migrations = [
        Migration(
            "001-preferences",
            """
            CREATE TABLE preferences (
                user_id TEXT PRIMARY KEY NOT NULL,
                document TEXT NOT NULL,
                updated_at INTEGER NOT NULL
            ) STRICT
            """),
        Migration(
            "002-rooms",
            """
            CREATE TABLE rooms (
                room TEXT PRIMARY KEY NOT NULL,
                document BLOB NOT NULL
            ) STRICT
            """),
    ]

    /// Brings the database up to date.
    init(_ database: SQLDatabase) async throws {
        self.database = database
        try await database.migrate(Self.migrations)
    }

    private static let namesInOneQuery = 500

    /// - Returns: An entry for every user asked for.
    func preferences(of users: [UserID]) async throws -> [UserID: NotificationPreferences] {
        let names = Array(Set(users).map(\.rawValue))
        let documents = try await self.database.read { transaction in
            var documents: [(String, [UInt8])] = []
            for start in stride(from: 0, to: names.count, by: Self.namesInOneQuery) {
                let some = names[start..<min(start + Self.namesInOneQuery, names.count)]
                let places = Array(repeating: "?", count: some.count).joined(separator: ",")
                documents += try transaction.query(
                    "SELECT user_id, document FROM preferences WHERE user_id IN (\(places))", some.map { .string($0) }
                ).map { (try $0.string("user_id"), try $0.data("document")) }
            }
            return documents
        }
        var result = Dictionary(users.map { ($0, NotificationPreferences()) }) { first, _ in first }
        for (name, document) in documents {
            // A document that a newer release wrote and we cannot read is no reason to be silent.
            guard let user = try? UserID(name), let chosen = PreferenceDocument.decode(document) else { continue }
            result[user] = chosen
        }
        return result
    }

    /// - Parameter now: Milliseconds since 1970.
    func save(_ preferences: NotificationPreferences, of user: UserID, now: Int) async throws {
        let document = try PreferenceDocument.encode(preferences)
        try await self.database.write { transaction in
            _ = try transaction.execute(
                """
                INSERT INTO preferences (user_id, document, updated_at) VALUES (?, ?, ?)
                ON CONFLICT (user_id) DO UPDATE SET document = excluded.document, updated_at = excluded.updated_at
                """,
                [.string(user.rawValue), .string(document), .int(now)])
        }
    }
}

/// Preferences as JSON, in the fields of the seed's settings file.
enum PreferenceDocument {
    private struct Document: Codable {
        var enabledTypes: [String]
        var deliveryMethods: [String: [String]]
        var quietHours: QuietHours?
        var quietOverride: [String]
        var mentionKeywords: [String]

        enum CodingKeys: String, CodingKey {
            case enabledTypes = "enabled_types"
            case deliveryMethods = "delivery_methods"
            case quietHours = "quiet_hours"
            case quietOverride = "quiet_override"
            case mentionKeywords = "mention_keywords"
        }
    }

    static func encode(_ preferences: NotificationPreferences) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let chosen = preferences.chosenMethods.map { ($0.key.rawValue, $0.value.map(\.rawValue)) }
        let document = Document(
            enabledTypes: preferences.enabledKinds.map(\.rawValue).sorted(),
            deliveryMethods: Dictionary(uniqueKeysWithValues: chosen), quietHours: preferences.quietHours,
            quietOverride: preferences.quietExceptions.map(\.rawValue).sorted(),
            mentionKeywords: preferences.mentionKeywords)
        return String(decoding: try encoder.encode(document), as: UTF8.self)
    }

    /// Words that this release does not know are passed over; nil when it is no such document.
    static func decode(_ bytes: [UInt8]) -> NotificationPreferences? {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(bytes)) else { return nil }
        var chosen: [NotificationKind: [DeliveryMethod]] = [:]
        for (type, methods) in document.deliveryMethods {
            guard let kind = NotificationKind(rawValue: type) else { continue }
            chosen[kind] = methods.compactMap { DeliveryMethod(rawValue: $0) }
        }
        return NotificationPreferences(
            enabledKinds: Set(document.enabledTypes.compactMap { NotificationKind(rawValue: $0) }),
            chosenMethods: chosen, quietHours: document.quietHours,
            quietExceptions: Set(document.quietOverride.compactMap { NotificationKind(rawValue: $0) }),
            mentionKeywords: document.mentionKeywords)
    }
}
