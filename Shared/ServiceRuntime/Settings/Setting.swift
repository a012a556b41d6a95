/// One setting as `--help` and the documentation describe it.
public struct Setting: Equatable, Sendable {
    /// The name in the environment: `REDIS_URL`. The flag is `--redis-url`.
    public let key: String
    /// What may stand there: `integer`, `yes or no`, `seconds`.
    public let type: String
    /// As it would be written; `nil` when there is none.
    public let defaultText: String?
    /// What is allowed: `0–10000 messages/min`; empty when anything is.
    public let range: String
    public let description: String
    /// Where the value stands in `CONFIG_FILE`, dots between the levels.
    public let fileKey: String
    public let isSecret: Bool

    /// The name on the command line.
    public var flag: String { "--" + self.key.lowercased().replacing("_", with: "-") }
}

/// The unit in which a duration is written in a setting.
public enum SettingUnit: String, Sendable {
    case milliseconds, seconds, minutes, hours, days

    var length: Duration {
        switch self {
        case .milliseconds: .milliseconds(1)
        case .seconds: .seconds(1)
        case .minutes: .seconds(60)
        case .hours: .seconds(3_600)
        case .days: .seconds(86_400)
        }
    }

    /// The number to write for a duration: `30`, `0.5`.
    func text(of duration: Duration) -> String {
        let number = duration / self.length
        return number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : String(number)
    }
}
