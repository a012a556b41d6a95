internal import Foundation

/// One of the demo's people.
public struct Person: Decodable, Equatable, Sendable {
    public let userID: String
    public let squadID: String
    public let role: String

    enum CodingKeys: String, CodingKey {
        case userID = "user_id"
        case squadID = "squad_id"
        case role
    }
}

/// The demo's seven, as every kind of test signs them in: `Tests/Fixtures/people.json`.
public enum People {
    public static let all: [Person] = {
        do {
            return try JSONDecoder().decode([Person].self, from: Data(Fixture.bytes("people.json")))
        } catch {
            preconditionFailure("Tests/Fixtures/people.json: \(error)")
        }
    }()
}
