# devrun completion for PowerShell 5 and later. In $PROFILE:
#     devrun completion powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName devrun -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text })
    # Before 7.3, PowerShell passes no empty arguments on.
    if ($wordToComplete -eq '') { $words += '""' }
    # Where nothing is returned, PowerShell completes the names of files.
    & devrun __complete @words 2>$null | Where-Object { $_ -ne ':files' } | ForEach-Object {
        $value, $about = $_ -split "`t", 2
        if (-not $about) { $about = $value }
        [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about)
    }
}
