import Domain
import WorkQueue

/// One way to people: whom it reaches, who takes it there, and how often and how many at once it is tried.
struct Method: Sendable {
    let method: DeliveryMethod
    /// What it is called in reasons.
    let name: String
    /// Where it reaches a person, nil for nowhere; itself nil for a way that needs no address.
    let address: (@Sendable (DirectoryUser) -> String?)?
    /// Whether it is for those who have no page open, unless they have chosen it.
    let isForAbsent: Bool
    /// Who takes it there; nil while the way is off.
    let provider: (any DeliveryProvider)?
    let retries: RetryPolicy
    /// Jobs in hand at one time.
    let concurrency: Int
    /// Jobs that the provider takes together.
    let together: Int
    /// How often a job is tried again although it may have happened.
    let repeats: Int
}

/// The ways that this installation knows: what the planner offers, what the workers do. A new way is one row.
struct Methods: Sendable {
    private let rows: [DeliveryMethod: Method]

    init(_ rows: [Method]) {
        self.rows = Dictionary(rows.map { ($0.method, $0) }) { _, last in last }
    }

    subscript(method: DeliveryMethod) -> Method? { self.rows[method] }

    /// Those that are on, in the order of ``DeliveryMethod``.
    var active: [Method] { DeliveryMethod.allCases.compactMap { self.rows[$0] }.filter { $0.provider != nil } }

    /// On every open page. Never off.
    static func realTime(_ provider: any DeliveryProvider) -> Method {
        Method(
            method: .realTime, name: "page", address: nil, isForAbsent: false, provider: provider,
            retries: RetryPolicy(base: .milliseconds(100), cap: .seconds(10)), concurrency: 256, together: 64,
            // The mark at the inbox makes it once, however often it is tried.
            repeats: 1_000_000)
    }

    /// By mail.
    ///
    /// - Parameter connections: To the mail server. As many mails again are in hand beside those under way, so that no
    ///   connection waits for Redis.
    static func email(_ provider: (any DeliveryProvider)?, retries: RetryPolicy, connections: Int) -> Method {
        Method(
            method: .email, name: "mail", address: { $0.email }, isForAbsent: true, provider: provider,
            retries: retries,
            concurrency: 2 * connections, together: 1, repeats: 1)
    }
}
