import ArgumentParser

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Examines Redis and the suite, and says what to do about what is wrong.",
        discussion: """
            ok is well, warn works but may cost something, FAIL does not work. Exit code 1 with a FAIL.

              squadctl doctor
              squadctl doctor --json
            """)

    @OptionGroup var session: SessionOptions

    func run() async throws {
        let findings = try await self.session.withRedis { redis in try await Examination.findings(redis) }
        if self.session.json {
            try Output.json(findings)
        } else {
            for finding in findings {
                let word = finding.verdict == .fail ? "FAIL" : finding.verdict.rawValue
                Output.line(
                    "\(word)\(String(repeating: " ", count: 6 - word.count))\(finding.subject): \(finding.found)")
                if let advice = finding.advice { Output.line("      → \(advice)") }
            }
        }
        if findings.contains(where: { $0.verdict == .fail }) { throw ExitCode(1) }
    }
}
