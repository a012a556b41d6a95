/// Why a service cannot start: printed as one line after the service's name.
public struct StartError: Error, Equatable, CustomStringConvertible, Sendable {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }
}
