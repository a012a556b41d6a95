/// Whom to believe on an encrypted connection. TLS 1.2 is the least that is spoken.
public struct TLSTrust: Sendable, Equatable {
    /// A PEM file of certificate authorities, instead of those of the system.
    public var authorityFile: String?

    /// Whether certificate and host name are checked. Off only for a laboratory.
    public var verifiesPeer: Bool

    /// - Parameters:
    ///   - authorityFile: A PEM file of certificate authorities; nil = those of the system.
    ///   - verifiesPeer: Whether certificate and host name are checked; default yes.
    public init(authorityFile: String? = nil, verifiesPeer: Bool = true) {
        self.authorityFile = authorityFile
        self.verifiesPeer = verifiesPeer
    }
}
