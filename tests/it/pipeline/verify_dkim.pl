# Verifies DKIM signatures with Mail::DKIM; see verify_dkim.py beside it for the arguments.
use strict;
use warnings;
use Mail::DKIM::Verifier;
use Mail::DKIM::DNS;
use Net::DNS::RR;

my $folder = shift;
open my $file, '<', "$folder/record.txt" or die $!;
my $record = <$file>;
chomp $record;
{
    no warnings 'redefine';
    *Mail::DKIM::DNS::query = sub {
        my ( $name, $type ) = @_;
        return () unless $type eq 'TXT' && $name eq 's1._domainkey.example.org';
        my @strings = $record =~ /(.{1,255})/g;
        return Net::DNS::RR->new( name => $name, type => 'TXT', txtdata => \@strings );
    };
}
my ( $good, $bad ) = ( 0, 0 );
for my $path ( sort glob "$folder/*.eml" ) {
    my $verifier = Mail::DKIM::Verifier->new;
    open my $message, '<:raw', $path or die $!;
    local $/;
    $verifier->PRINT(<$message>);
    $verifier->CLOSE;
    my $verified = $verifier->result eq 'pass' ? 1 : 0;
    my $changed  = $path =~ m{/changed-} ? 1 : 0;
    die "$path: " . $verifier->result_detail . "\n" if $verified == $changed;
    $verified ? $good++ : $bad++;
}
print "$good verified, $bad refused\n";
