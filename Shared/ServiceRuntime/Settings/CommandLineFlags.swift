/// The command line of a service: `--key value`, `--key=value`, and `--key` alone for yes.
struct CommandLineFlags: Sendable {
    /// By name without the dashes.
    private(set) var values: [String: String] = [:]

    init(_ arguments: [String]) throws(SettingsError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--"), argument.count > 2 else {
                throw SettingsError("command line", "'\(argument)' is not a flag; flags are --name value")
            }
            let name: String
            let value: String
            if let equals = argument.firstIndex(of: "=") {
                name = String(argument[..<equals].dropFirst(2))
                value = String(argument[argument.index(after: equals)...])
            } else {
                name = String(argument.dropFirst(2))
                if let next = rest.first, !next.hasPrefix("--") {
                    value = next
                    rest.removeFirst()
                } else {
                    value = "true"
                }
            }
            guard self.values.updateValue(value, forKey: name) == nil else {
                throw SettingsError("command line", "--\(name) is given twice")
            }
        }
    }
}
