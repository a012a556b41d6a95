extension SettingsReader {
    /// The text of `--help`: every setting that was asked for, in that order.
    func help(name: String) -> String {
        var text = """
            Usage: \(name) [--setting value …] | --version | --healthcheck | --help

            Every setting may be given as a flag, in the environment, or in the JSON file that CONFIG_FILE names; the
            first of these that has it counts. KEY_FILE names a file that holds the value of KEY.

            """
        for setting in self.settings {
            var facts = [setting.type]
            if !setting.range.isEmpty { facts.append(setting.range) }
            if let defaultText = setting.defaultText, !defaultText.isEmpty { facts.append("default \(defaultText)") }
            if setting.fileKey != setting.key { facts.append("in the file \(setting.fileKey)") }
            let name = setting.isSecret ? "\(setting.key), \(setting.flag)-file" : "\(setting.key), \(setting.flag)"
            text += "\n  \(name)\n      \(setting.description)\n      \(facts.joined(separator: "; "))\n"
        }
        return text
    }
}
