import Domain
import Foundation
import Testing

struct QuietHoursTests {
    @Test(
        "a window may pass midnight; its end is outside",
        arguments: [
            ("22:00", "08:00", 1_319, false), ("22:00", "08:00", 1_320, true), ("22:00", "08:00", 0, true),
            ("22:00", "08:00", 479, true), ("22:00", "08:00", 480, false), ("09:00", "17:00", 539, false),
            ("09:00", "17:00", 540, true), ("09:00", "17:00", 1_020, false), ("08:00", "08:00", 480, false),
            ("00:00", "23:59", 1_438, true), ("00:00", "23:59", 1_439, false),
        ])
    func window(start: String, end: String, minute: Int, isQuiet: Bool) throws {
        let hours = try #require(QuietHours(start: start, end: end))
        #expect(hours.contains(minuteOfDay: minute) == isQuiet)
        #expect(hours.startText == start && hours.endText == end)
    }

    @Test(
        "only HH:MM is a time",
        arguments: ["", "8:00", "24:00", "12:60", "+1:00", "12:+1", "12-30", "12:300", "ab:cd", "-1:00"])
    func malformed(text: String) {
        #expect(QuietHours(start: text, end: "08:00") == nil)
        #expect(QuietHours(start: "08:00", end: text) == nil)
    }

    @Test("JSON holds both times")
    func coding() throws {
        let json = Data(#"{"end":"08:00","start":"22:00"}"#.utf8)
        #expect(try JSONDecoder().decode(QuietHours.self, from: json) == .standard)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(QuietHours.self, from: Data(#"{"start":"25:00","end":"08:00"}"#.utf8))
        }
    }
}

struct NotificationPreferencesTests {
    @Test("who has not chosen gets what the original gives")
    func standard() {
        let preferences = NotificationPreferences()
        #expect(preferences.methods(for: .mention) == [.realTime, .push])
        #expect(preferences.methods(for: .systemAlert) == [.realTime, .email])
        #expect(preferences.methods(for: .squadMessage).isEmpty)
    }

    @Test("a choice counts, an unwanted kind has no method, a signal follows the alerts until chosen")
    func chosen() {
        var preferences = NotificationPreferences(chosenMethods: [.systemAlert: [.telegram], .mention: []])
        #expect(preferences.methods(for: .mention).isEmpty)
        #expect(preferences.methods(for: .tradeSignal) == [.telegram])
        preferences.chosenMethods[.tradeSignal] = [.sms]
        #expect(preferences.methods(for: .tradeSignal) == [.sms])
        preferences.enabledKinds.remove(.tradeSignal)
        #expect(preferences.methods(for: .tradeSignal).isEmpty)
    }

    @Test(
        "quiet hours hold everything back but the urgent and the excepted",
        arguments: [
            (NotificationKind.mention, NotificationPriority.high, 0, true), (.mention, .urgent, 0, false),
            (.moderationAction, .normal, 0, false), (.mention, .high, 720, false),
        ])
    func quiet(kind: NotificationKind, priority: NotificationPriority, minute: Int, isHeldBack: Bool) {
        let preferences = NotificationPreferences(quietHours: .standard)
        #expect(preferences.isHeldBack(kind, priority: priority, minuteOfDay: minute) == isHeldBack)
        #expect(!NotificationPreferences().isHeldBack(kind, priority: priority, minuteOfDay: minute))
    }
}
