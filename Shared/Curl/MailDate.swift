/// Dates of RFC 5322 §3.3, always in UTC.
enum MailDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// - Parameter milliseconds: Since 1970; not before it.
    static func text(milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds / 1_000)
        let day = Int(seconds / 86_400)
        let rest = Int(seconds % 86_400)
        let (year, month, dayOfMonth) = self.civil(day)
        let time = [rest / 3_600, rest / 60 % 60, rest % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
        return "\(self.days[day % 7]), \(dayOfMonth) \(self.months[month - 1]) \(year) \(time) +0000"
    }

    /// Days since 1970 to a date of the Gregorian calendar.
    /// - SeeAlso: H. Hinnant, “chrono-compatible low-level date algorithms”, `civil_from_days`.
    private static func civil(_ day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}
