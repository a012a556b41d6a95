/// A daily window, in the user's own time, in which nothing disturbs. It may pass midnight.
public struct QuietHours: Hashable, Sendable {
    /// A day has 1440 minutes.
    public static let minutesPerDay = 1_440
    /// 22:00–08:00, what a new user has.
    public static let standard = QuietHours(start: 22 * 60, end: 8 * 60)

    /// Minutes after midnight, 0..<1440; belongs to the window.
    public let start: Int
    /// Minutes after midnight, 0..<1440; does not belong to the window.
    public let end: Int

    private init(start: Int, end: Int) {
        self.start = start
        self.end = end
    }

    /// - Parameters: `HH:MM`, 00:00–23:59. Equal texts make a window that is never open.
    /// - Returns: `nil` when one of them is not of that form.
    public init?(start: String, end: String) {
        guard let start = Self.minute(of: start), let end = Self.minute(of: end) else { return nil }
        self.init(start: start, end: end)
    }

    public var startText: String { Self.text(ofMinute: self.start) }
    public var endText: String { Self.text(ofMinute: self.end) }

    /// - Parameter minuteOfDay: In the user's time zone, 0..<1440.
    public func contains(minuteOfDay: Int) -> Bool {
        if self.start <= self.end { return (self.start..<self.end).contains(minuteOfDay) }
        return minuteOfDay >= self.start || minuteOfDay < self.end
    }

    /// Reads `HH:MM`.
    public static func minute(of text: String) -> Int? {
        let digits = Array(text.utf8)
        guard digits.count == 5, digits[2] == UInt8(ascii: ":"),
            let hour = Int(text.prefix(2)), let minute = Int(text.suffix(2)),
            digits[0] != UInt8(ascii: "+"), digits[3] != UInt8(ascii: "+"),
            (0...23).contains(hour), (0...59).contains(minute)
        else { return nil }
        return hour * 60 + minute
    }

    private static func text(ofMinute minute: Int) -> String {
        let hours = minute / 60
        let minutes = minute % 60
        return "\(hours < 10 ? "0" : "")\(hours):\(minutes < 10 ? "0" : "")\(minutes)"
    }
}

/// `{"start":"22:00","end":"08:00"}`
extension QuietHours: Codable {
    private enum CodingKeys: String, CodingKey {
        case start, end
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let start = try values.decode(String.self, forKey: .start)
        let end = try values.decode(String.self, forKey: .end)
        guard let hours = QuietHours(start: start, end: end) else {
            throw DecodingError.dataCorruptedError(forKey: .start, in: values, debugDescription: "not HH:MM")
        }
        self = hours
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(self.startText, forKey: .start)
        try values.encode(self.endText, forKey: .end)
    }
}
