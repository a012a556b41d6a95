extension Timestamp {
    /// `2026-11-22T10:07:03.123Z`: UTC, always three digits of milliseconds.
    ///
    /// Outside the years 0000–9999, which RFC 3339 cannot write, the nearest moment inside them.
    public var rfc3339: String {
        let clamped = min(max(self.milliseconds, Self.earliestWritable), Self.latestWritable)
        let (days, millisecondOfDay) = floorDivide(clamped, by: 86_400_000)
        let (year, month, day) = civilDate(fromDays: days)
        // One of every message: written where it stands, without a text for each number.
        return String(unsafeUninitializedCapacity: 24) { text in
            var end = 0
            func append(_ number: Int64, digits: Int, then separator: Unicode.Scalar) {
                var rest = number
                for place in (end..<(end + digits)).reversed() {
                    text[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                    rest /= 10
                }
                text[end + digits] = UInt8(ascii: separator)
                end += digits + 1
            }
            append(year, digits: 4, then: "-")
            append(month, digits: 2, then: "-")
            append(day, digits: 2, then: "T")
            append(millisecondOfDay / 3_600_000, digits: 2, then: ":")
            append(millisecondOfDay / 60_000 % 60, digits: 2, then: ":")
            append(millisecondOfDay / 1_000 % 60, digits: 2, then: ".")
            append(millisecondOfDay % 1_000, digits: 3, then: "Z")
            return end
        }
    }

    /// Reads RFC 3339 §5.6: `Z` or an offset, any number of fraction digits (those after the third are dropped), `T`
    /// and `Z` in either case. A leap second (`:60`) is the second after it.
    ///
    /// - Returns: `nil` for everything else: other shapes, dates that do not exist, an absent zone.
    public init?(rfc3339 text: some StringProtocol) {
        var scanner = DigitScanner(text.utf8.prefix(65))
        guard let year = scanner.number(digits: 4), scanner.take("-"),
            let month = scanner.number(digits: 2), scanner.take("-"),
            let day = scanner.number(digits: 2), scanner.take("T") || scanner.take("t"),
            let hour = scanner.number(digits: 2), scanner.take(":"),
            let minute = scanner.number(digits: 2), scanner.take(":"),
            let second = scanner.number(digits: 2),
            let millisecond = scanner.fraction(),
            let offset = scanner.offsetInMinutes(), scanner.isAtEnd,
            (1...12).contains(month), (1...daysInMonth(month, of: year)).contains(day),
            hour <= 23, minute <= 59, second <= 60
        else { return nil }
        let minutes = (daysFromCivil(year: year, month: month, day: day) * 24 + hour) * 60 + minute - offset
        self.init(milliseconds: (minutes * 60 + second) * 1_000 + millisecond)
    }

    /// 0000-01-01T00:00:00.000Z
    private static let earliestWritable = daysFromCivil(year: 0, month: 1, day: 1) * 86_400_000
    /// 9999-12-31T23:59:59.999Z
    private static let latestWritable = (daysFromCivil(year: 9_999, month: 12, day: 31) + 1) * 86_400_000 - 1
}

/// Reads a timestamp's parts, byte by byte.
private struct DigitScanner {
    private var rest: [UInt8].SubSequence

    init(_ bytes: some Sequence<UInt8>) {
        self.rest = Array(bytes)[...]
    }

    var isAtEnd: Bool { self.rest.isEmpty }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard self.rest.first == UInt8(ascii: character) else { return false }
        self.rest.removeFirst()
        return true
    }

    mutating func digit() -> Int64? {
        guard let byte = self.rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        self.rest.removeFirst()
        return Int64(byte - UInt8(ascii: "0"))
    }

    mutating func number(digits: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = self.digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Milliseconds; 0 when there is no fraction, `nil` for a point without digits.
    mutating func fraction() -> Int64? {
        guard self.take(".") else { return 0 }
        guard var value = self.digit() else { return nil }
        var digits = 1
        while let digit = self.digit() {
            if digits < 3 { value = value * 10 + digit }
            digits += 1
        }
        while digits < 3 {
            value *= 10
            digits += 1
        }
        return value
    }

    mutating func offsetInMinutes() -> Int64? {
        if self.take("Z") || self.take("z") { return 0 }
        let sign: Int64
        if self.take("+") { sign = 1 } else if self.take("-") { sign = -1 } else { return nil }
        guard let hours = self.number(digits: 2), self.take(":"), let minutes = self.number(digits: 2),
            hours <= 23, minutes <= 59
        else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
