/// Why a service cannot start with the settings it was given.
public struct SettingsError: Error, Equatable, Sendable {
    /// The setting at fault, as it is written in the environment.
    public let key: String
    /// One clause that names what was found and what is allowed; never a secret.
    public let problem: String

    public init(_ key: String, _ problem: String) {
        self.key = key
        self.problem = problem
    }
}

extension SettingsError: CustomStringConvertible {
    public var description: String { "\(self.key): \(self.problem)" }
}
